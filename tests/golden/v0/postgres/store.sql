SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.address (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL,
    prefix text,
    allocation text,
    request text,
    lifetime text,
    name text,
    description text,
    labels text,
    attachments text,
    created_us bigint,
    changed_us bigint,
    held_since_us bigint
);
CREATE TABLE public.address_history (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL,
    address text,
    network text,
    project text,
    allocation text,
    name text,
    machines text,
    since_us bigint,
    until_us bigint
);
CREATE TABLE public.address_rest (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL,
    prefix text,
    project text,
    allocation text,
    since_us bigint,
    until_us bigint
);
CREATE VIEW public.address_state AS
 SELECT address.partition,
    address.id AS address,
    'ALLOC'::text AS state,
    address.parent AS network,
    address.owner AS project,
    address.prefix,
    address.allocation,
    COALESCE(address.held_since_us, address.created_us) AS since_us,
    NULL::bigint AS until_us
   FROM public.address
UNION ALL
 SELECT address_rest.partition,
    address_rest.id AS address,
    'QUAR'::text AS state,
    address_rest.parent AS network,
    address_rest.project,
    address_rest.prefix,
    address_rest.allocation,
    address_rest.since_us,
    address_rest.until_us
   FROM public.address_rest;
CREATE TABLE public.claim (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL
);
CREATE TABLE public.events (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL
);
CREATE TABLE public.image (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL
);
CREATE TABLE public.inbox (
    partition text NOT NULL COLLATE pg_catalog."C",
    key bytea NOT NULL,
    fingerprint text NOT NULL,
    reply text NOT NULL,
    at_us bigint NOT NULL
);
CREATE TABLE public.layout (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL
);
CREATE TABLE public.machine (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL
);
CREATE TABLE public.namespace (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL
);
CREATE TABLE public.network (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL
);
CREATE TABLE public.partition (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL
);
CREATE TABLE public.partition_epoch (
    partition text NOT NULL COLLATE pg_catalog."C",
    epoch bigint NOT NULL,
    holder text,
    renewals bigint
);
CREATE TABLE public.prefix (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL,
    prefix text,
    parent_prefix text,
    is_parent bigint,
    created_us bigint
);
CREATE TABLE public.prefix_address (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL,
    prefix text,
    address text,
    created_us bigint
);
CREATE TABLE public.project (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL
);
CREATE TABLE public.schema_lock (
    name text NOT NULL,
    owner text NOT NULL,
    expires_at_us bigint NOT NULL
);
CREATE TABLE public.schema_version (
    version bigint NOT NULL,
    name text NOT NULL,
    at_us bigint NOT NULL
);
CREATE TABLE public.size (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL
);
CREATE TABLE public.switch (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL
);
CREATE TABLE public.switch_status (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL
);
CREATE TABLE public.tenant (
    partition text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    generation bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    parent text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL
);
INSERT INTO public.address VALUES ('mini-lab', '2001:db8:0:113::142', 1796035959926000, '00000000-0000-0000-0000-000000000000', 'internet-mini-lab', '{}', '2001:db8:0:113::/64', 'd2530566-cc28-4a4f-be9c-10bcc07799e8', 'a28273c7-cd36-46cc-0000-00000000000e', 'static', 'reserve v6', 'Reserve IPv6 (for testing purposes)', '[]', '[]', 1796035959926000, 1796035959926000, NULL);
INSERT INTO public.address VALUES ('mini-lab', '10.0.0.1', 1796035960012000, '00000000-0000-0000-0000-000000000001', 'a84317b5-5a56-451d-9e1c-183dfaea6969', '{}', '10.0.0.0/22', 'd572b9c9-62ea-4b2e-b5e2-01257a317ead', '601d0000-0000-4000-8000-000000000005', 'ephemeral', 'installed', 'autoassigned', '["machine.metal-stack.io/id=00000000-0000-0000-0000-0000000000a1"]', '[{"allocation":"f8e7fcf2-4321-4985-aeab-d450aeeb4494","machine":"00000000-0000-0000-0000-0000000000a1"}]', 1796035960012000, 1796035960012000, NULL);
INSERT INTO public.address VALUES ('mini-lab', '2001:db8:0:10::1', 1796035960012000, '00000000-0000-0000-0000-000000000001', 'a84317b5-5a56-451d-9e1c-183dfaea6969', '{}', '2001:db8:0:10::/96', '88d4aa77-52a7-4d98-b349-a10510d76bed', '601d0000-0000-4000-8000-000000000005', 'ephemeral', 'installed', 'autoassigned', '["machine.metal-stack.io/id=00000000-0000-0000-0000-0000000000a1"]', '[{"allocation":"f8e7fcf2-4321-4985-aeab-d450aeeb4494","machine":"00000000-0000-0000-0000-0000000000a1"}]', 1796035960012000, 1796035960012000, NULL);
INSERT INTO public.address VALUES ('mini-lab', '10.64.0.1', 1796035960083000, '00000000-0000-0000-0000-000000000001', 'wide', '{}', '10.64.0.0/12', 'ec8ed158-fd7b-4088-a53e-fedefc8df429', '601d0000-0000-4000-8000-000000000015', 'static', 'n', 'd', '["a","machine.metal-stack.io/id=00000000-0000-0000-0000-0000000000a0"]', '[]', 1796035960083000, 1796035960083000, NULL);
INSERT INTO public.address VALUES ('mini-lab', '10.66.0.1', 1796035960086000, '00000000-0000-0000-0000-000000000001', 'wide', '{}', '10.64.0.0/12', 'f45e5256-6015-425e-8f4b-54b86403aaa1', '601d0000-0000-4000-8000-000000000016', 'static', 'n', 'd', '["a","machine.metal-stack.io/id=00000000-0000-0000-0000-0000000000a0"]', '[]', 1796035960086000, 1796035960086000, NULL);
INSERT INTO public.address VALUES ('mini-lab', '203.0.113.142', 1796035959921001, '00000000-0000-0000-0000-000000000000', 'internet-mini-lab', '{}', '203.0.113.128/25', '81db6e19-c1da-4635-9acd-eb507c4449aa', 'a28273c7-cd36-46cc-0000-00000000000d', 'static', 'n', 'd', '["t"]', '[]', 1796035959921000, 1796035960089000, NULL);
INSERT INTO public.address VALUES ('mini-lab', '10.0.0.2', 1796035960118000, '00000000-0000-0000-0000-000000000001', 'a84317b5-5a56-451d-9e1c-183dfaea6969', '{}', '10.0.0.0/22', '24a9c4aa-4f4f-48ea-af69-cf679ea33fb2', '601d0000-0000-4000-8000-000000000020', 'ephemeral', 'n', 'autoassigned', '["machine.metal-stack.io/id=00000000-0000-0000-0000-0000000000a2"]', '[{"allocation":"7f6a3627-1d8a-4013-a70b-66dca7892b21","machine":"00000000-0000-0000-0000-0000000000a2"}]', 1796035960118000, 1796035960118000, NULL);
INSERT INTO public.address VALUES ('mini-lab', '10.1.0.1', 1796035960118000, '00000000-0000-0000-0000-000000000001', 'underlay-mini-lab', '{}', '10.1.0.0/24', 'bd79bef5-b962-4828-8646-ad9e8dba8bb7', '601d0000-0000-4000-8000-000000000020', 'ephemeral', 'n', 'autoassigned', '["machine.metal-stack.io/id=00000000-0000-0000-0000-0000000000a2"]', '[{"allocation":"7f6a3627-1d8a-4013-a70b-66dca7892b21","machine":"00000000-0000-0000-0000-0000000000a2"}]', 1796035960118000, 1796035960118000, NULL);
INSERT INTO public.address VALUES ('mini-lab', '2001:db8:0:10::2', 1796035960118000, '00000000-0000-0000-0000-000000000001', 'a84317b5-5a56-451d-9e1c-183dfaea6969', '{}', '2001:db8:0:10::/96', 'cf0ccc99-e1ca-426c-9957-329df85d499a', '601d0000-0000-4000-8000-000000000020', 'ephemeral', 'n', 'autoassigned', '["machine.metal-stack.io/id=00000000-0000-0000-0000-0000000000a2"]', '[{"allocation":"7f6a3627-1d8a-4013-a70b-66dca7892b21","machine":"00000000-0000-0000-0000-0000000000a2"}]', 1796035960118000, 1796035960118000, NULL);
INSERT INTO public.address VALUES ('mini-lab', '10.64.0.2', 1796035960159000, '00000000-0000-0000-0000-000000000001', 'wide', '{}', '10.64.0.0/12', '9c5058b7-4095-4ebf-ba8f-8b6b171da978', '601d0000-0000-4000-8000-000000000026', 'ephemeral', '', '', '[]', '[]', 1796035960159000, 1796035960159000, NULL);
INSERT INTO public.address VALUES ('mini-lab', '10.64.0.3', 1796035960159000, '00000000-0000-0000-0000-000000000001', 'wide', '{}', '10.64.0.0/12', '4efc8573-38bf-4501-86a9-88231e81ab32', '601d0000-0000-4000-8000-000000000026', 'ephemeral', '', '', '[]', '[]', 1796035960159000, 1796035960159000, NULL);
INSERT INTO public.address VALUES ('mini-lab', '10.64.0.4', 1796035960159000, '00000000-0000-0000-0000-000000000001', 'wide', '{}', '10.64.0.0/12', 'c6cf82ba-b076-424d-84f6-a076a1c1a946', '601d0000-0000-4000-8000-000000000026', 'ephemeral', '', '', '[]', '[]', 1796035960159000, 1796035960159000, NULL);
INSERT INTO public.address_history VALUES ('mini-lab', '10.66.0.2|00001796035960150000|00001796035960144000', 1796035960150000, '', '', '{}', '10.66.0.2', 'wide', '00000000-0000-0000-0000-000000000001', 'bb63f6e0-715e-41ed-8431-0c144e3720ce', 'x', '[]', 1796035960144000, 1796035960150000);
INSERT INTO public.address_history VALUES ('mini-lab', '10.66.0.3|00001796035960156000|00001796035960148000', 1796035960156000, '', '', '{}', '10.66.0.3', 'wide', '00000000-0000-0000-0000-000000000001', '957d7b80-f003-476c-9eeb-61a8e092cb4e', 'y', '[]', 1796035960148000, 1796035960156000);
INSERT INTO public.claim VALUES ('mini-lab', 'vrf/104009', 1796035959913000, '', '', '{"pool":"vrf","number":104009,"owners":[{"network":"internet-mini-lab"}]}');
INSERT INTO public.claim VALUES ('mini-lab', 'vrf/000008', 1796035959973000, '', '', '{"pool":"vrf","number":8,"owners":[{"network":"wide"}]}');
INSERT INTO public.claim VALUES ('mini-lab', 'vrf/000001', 1796035959975000, '', '', '{"pool":"vrf","number":1,"owners":[{"network":"a84317b5-5a56-451d-9e1c-183dfaea6969"}]}');
INSERT INTO public.claim VALUES ('mini-lab', 'asn/000001', 1796035960012000, '', '', '{"pool":"asn","number":1,"owners":[{"allocation":{"allocation":"f8e7fcf2-4321-4985-aeab-d450aeeb4494","machine":"00000000-0000-0000-0000-0000000000a1"}}]}');
INSERT INTO public.claim VALUES ('mini-lab', 'vrf/000007', 1796035960052000, '', '', '{"pool":"vrf","number":7,"owners":[{"network":"hostile"}]}');
INSERT INTO public.claim VALUES ('mini-lab', 'vrf/000002', 1796035960079000, '', '', '{"pool":"vrf","number":2,"owners":[{"network":"9e62b603-1ff3-4c94-a53e-c03bf0db1dbb"}]}');
INSERT INTO public.claim VALUES ('mini-lab', 'asn/000002', 1796035960118000, '', '', '{"pool":"asn","number":2,"owners":[{"allocation":{"allocation":"7f6a3627-1d8a-4013-a70b-66dca7892b21","machine":"00000000-0000-0000-0000-0000000000a2"}}]}');
INSERT INTO public.events VALUES ('mini-lab', '00000000-0000-0000-0000-0000000000a2', 1796035960027003, '', '', '{"machine":"00000000-0000-0000-0000-0000000000a2","log":[{"time":"2026-11-30T10:52:40.037Z","event":"Waiting","message":"[unexpectedly received in state preparing]"},{"time":"2026-11-30T10:52:40.031Z","event":"Preparing","message":""},{"time":"2026-11-30T10:52:40.027Z","event":"PXE Booting","message":""}],"last_event_time":"2026-11-30T10:52:40.037Z","last_error_event":{"time":"2026-11-30T10:52:40.037Z","event":"Waiting","message":"[unexpectedly received in state preparing]"},"crash_loop":false,"failed_machine_reclaim":false,"liveliness":"Alive"}');
INSERT INTO public.events VALUES ('mini-lab', '00000000-0000-0000-0000-0000000000a0', 1796035960128003, '', '', '{"machine":"00000000-0000-0000-0000-0000000000a0","log":[{"time":"2026-11-30T10:52:40.139Z","event":"Waiting","message":"[unexpectedly received in state preparing]"},{"time":"2026-11-30T10:52:40.133Z","event":"Preparing","message":""},{"time":"2026-11-30T10:52:40.128Z","event":"PXE Booting","message":""}],"last_event_time":"2026-11-30T10:52:40.139Z","last_error_event":{"time":"2026-11-30T10:52:40.139Z","event":"Waiting","message":"[unexpectedly received in state preparing]"},"crash_loop":false,"failed_machine_reclaim":false,"liveliness":"Alive"}');
INSERT INTO public.events VALUES ('mini-lab', '00000000-0000-0000-0000-0000000000a1', 1796035959993006, '', '', '{"machine":"00000000-0000-0000-0000-0000000000a1","log":[{"time":"2026-11-30T10:52:40.173Z","event":"Planned Reboot","message":"CYCLE"},{"time":"2026-11-30T10:52:40.025Z","event":"Phoned Home","message":"[unexpectedly received in state installing]"},{"time":"2026-11-30T10:52:40.019Z","event":"Installing","message":""},{"time":"2026-11-30T10:52:40.006Z","event":"Waiting","message":"[unexpectedly received in state preparing]"},{"time":"2026-11-30T10:52:39.999Z","event":"Preparing","message":""},{"time":"2026-11-30T10:52:39.993Z","event":"PXE Booting","message":""}],"last_event_time":"2026-11-30T10:52:40.173Z","last_error_event":{"time":"2026-11-30T10:52:40.025Z","event":"Phoned Home","message":"[unexpectedly received in state installing]"},"crash_loop":false,"failed_machine_reclaim":false,"liveliness":"Alive"}');
INSERT INTO public.image VALUES ('mini-lab', 'debian-13.0', 1796035959904001, '', '', '{"id":"debian-13.0","name":"Debian 13","description":"Debian 13 Latest Release","created":"2026-11-30T10:52:39.904Z","changed":"2026-11-30T10:52:39.929Z","url":"https://images.metal-stack.io/metal-os/stable/debian/13/img.tar.lz4","os":"debian","version":"13.0.0","features":["machine"],"expiration":"2999-01-01T00:00:00Z","classification":"preview"}');
INSERT INTO public.image VALUES ('mini-lab', 'firewall-ubuntu-3.0', 1796035959899001, '', '', '{"id":"firewall-ubuntu-3.0","name":"Firewall 3 Ubuntu","description":"Firewall 3 Ubuntu Latest Release","created":"2026-11-30T10:52:39.899Z","changed":"2026-11-30T10:52:39.932Z","url":"https://images.metal-stack.io/metal-os/stable/firewall/3.0-ubuntu/img.tar.lz4","os":"firewall-ubuntu","version":"3.0.0","features":["firewall"],"expiration":"2999-01-01T00:00:00Z","classification":"preview"}');
INSERT INTO public.image VALUES ('mini-lab', 'ubuntu-26.4', 1796035959902001, '', '', '{"id":"ubuntu-26.4","name":"Ubuntu 26.04","description":"Ubuntu 26.04 Latest Release","created":"2026-11-30T10:52:39.902Z","changed":"2026-11-30T10:52:39.934Z","url":"https://images.metal-stack.io/metal-os/stable/ubuntu/26.04/img.tar.lz4","os":"ubuntu","version":"26.4.0","features":["machine"],"expiration":"2999-01-01T00:00:00Z","classification":"preview"}');
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000001', 'f5e95e3bf1b214cb9f74991c8bb93028', '{"tenant":{"meta":{"id":"metal-stack","kind":"Tenant","apiversion":"v1","created_time":"2026-11-30T10:52:39.884Z"},"name":"metal-stack","description":"metal-stack tenant, which is provider"}}', 1796035959885000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000002', '69fe9059af73a0cb4cb78fc8c1b1d9d4', '{"project":{"meta":{"id":"00000000-0000-0000-0000-000000000000","kind":"Project","apiversion":"v1","created_time":"2026-11-30T10:52:39.888Z"},"name":"provider-project","description":"project of the provider, owner of the reserved addresses","tenant_id":"metal-stack"}}', 1796035959888000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000003', '0536497d62fec2d512da194e1b10ee60', '{"project":{"meta":{"id":"00000000-0000-0000-0000-000000000001","kind":"Project","apiversion":"v1","created_time":"2026-11-30T10:52:39.891Z"},"name":"sample-project","description":"Sample project with static id","tenant_id":"metal-stack"}}', 1796035959891000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000004', '2f7bd43f3e1ca3fdf6d6afa56dbd0fe6', '{"partition":{"id":"mini-lab","name":"mini-lab","description":"The mini-lab example partition","created":"2026-11-30T10:52:39.894Z","changed":"2026-11-30T10:52:39.894Z","mgmt_service_address":"","labels":{},"boot_config":{"image_url":"https://images.metal-stack.io/metal-hammer/stable/metal-hammer-initrd.img.lz4","kernel_url":"https://images.metal-stack.io/metal-kernel/stable/metal-kernel","command_line":"console=ttyS0,115200n8 ip=dhcp carrier_timeout=10"},"dns_servers":[],"ntp_servers":[]}}', 1796035959894000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000005', '209272b43431fc4ddfc5fb2470717428', '{"size":{"id":"v1-small-x86","name":"v1-small-x86","description":"The Tiny Virtual","created":"2026-11-30T10:52:39.896Z","changed":"2026-11-30T10:52:39.896Z","constraints":[{"type":"cores","min":1,"max":4},{"type":"memory","min":500000000,"max":4000000000},{"type":"storage","min":1000000000,"max":100000000000}],"labels":{}}}', 1796035959897000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000006', '64a884f421bc1fddb395384203d959d2', '{"image":{"id":"firewall-ubuntu-3.0","name":"Firewall 3 Ubuntu","description":"Firewall 3 Ubuntu Latest Release","created":"2026-11-30T10:52:39.899Z","changed":"2026-11-30T10:52:39.899Z","url":"https://images.metal-stack.io/metal-os/stable/firewall/3.0-ubuntu/img.tar.lz4","os":"firewall-ubuntu","version":"3.0.0","features":["firewall"],"expiration":"2027-02-28T10:52:39.899Z","classification":"preview"}}', 1796035959900000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000007', 'c3aba2a53216a0db25101560c4fec4ae', '{"image":{"id":"ubuntu-26.4","name":"Ubuntu 26.04","description":"Ubuntu 26.04 Latest Release","created":"2026-11-30T10:52:39.902Z","changed":"2026-11-30T10:52:39.902Z","url":"https://images.metal-stack.io/metal-os/stable/ubuntu/26.04/img.tar.lz4","os":"ubuntu","version":"26.4.0","features":["machine"],"expiration":"2027-02-28T10:52:39.902Z","classification":"preview"}}', 1796035959902000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000008', '5d697e0a26c5f444254d6d74a5627b79', '{"image":{"id":"debian-13.0","name":"Debian 13","description":"Debian 13 Latest Release","created":"2026-11-30T10:52:39.904Z","changed":"2026-11-30T10:52:39.904Z","url":"https://images.metal-stack.io/metal-os/stable/debian/13/img.tar.lz4","os":"debian","version":"13.0.0","features":["machine"],"expiration":"2027-02-28T10:52:39.904Z","classification":"preview"}}', 1796035959904000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000009', '88a25f1e1d710f1f56fc5268782194af', '{"layout":{"id":"default","name":"","description":"EFI, root and varlib on one disk","filesystems":[{"path":"/boot/efi","device":"/dev/sda1","format":"vfat","label":"efi","mountoptions":[],"createoptions":["-F","32"]},{"path":"/","device":"/dev/sda2","format":"ext4","label":"root","mountoptions":[],"createoptions":[]},{"path":"/var/lib","device":"/dev/sda3","format":"ext4","label":"varlib","mountoptions":[],"createoptions":[]}],"disks":[{"device":"/dev/sda","partitions":[{"number":1,"label":"efi","size":500,"gpttype":"ef00"},{"number":2,"label":"root","size":5000,"gpttype":"8300"},{"number":3,"label":"varlib","size":0,"gpttype":"8300"}],"wipeonreinstall":true}],"raid":[],"volumegroups":[],"logicalvolumes":[],"constraints":{"sizes":["v1-small-x86"],"images":{"debian":"*","firewall-ubuntu":"*","ubuntu":"*"}}}}', 1796035959906000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc000000000000000a', 'e624aa2e840fc0f5f6bcd9784962bc79', '{"network":{"id":"tenant-super-network-mini-lab","name":"Project Super Network","description":"Super network of all project networks","created":"2026-11-30T10:52:39.91Z","changed":"2026-11-30T10:52:39.91Z","partition":"mini-lab","project":"","labels":{},"shared":false,"prefixes":["10.0.0.0/16","2001:db8:0:10::/64"],"destination_prefixes":[],"default_child_prefix_length":{"IPv4":22,"IPv6":96},"nat":false,"private_super":true,"underlay":false,"vrf":0,"parent":null,"additional_announcable_cidrs":["10.240.0.0/12"],"network_type":"super"}}', 1796035959910000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc000000000000000b', '2f2397cd4d6e123f3190fe59dc7f3ab0', '{"network":{"id":"internet-mini-lab","name":"Virtual Internet Network","description":"Virtual Internet Network for mini-lab","created":"2026-11-30T10:52:39.913Z","changed":"2026-11-30T10:52:39.913Z","partition":"mini-lab","project":"","labels":{"network.metal-stack.io/default":"","network.metal-stack.io/default-external":""},"shared":false,"prefixes":["203.0.113.128/25","2001:db8:0:113::/64"],"destination_prefixes":["0.0.0.0/0","::/0"],"default_child_prefix_length":{},"nat":true,"private_super":false,"underlay":false,"vrf":104009,"parent":null,"additional_announcable_cidrs":[],"network_type":"external"}}', 1796035959914000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc000000000000000c', 'bdc1af3cc475426955c501a49b789e90', '{"network":{"id":"underlay-mini-lab","name":"Underlay Network","description":"Underlay Network for mini-lab","created":"2026-11-30T10:52:39.917Z","changed":"2026-11-30T10:52:39.917Z","partition":"mini-lab","project":"","labels":{},"shared":false,"prefixes":["10.1.0.0/24"],"destination_prefixes":[],"default_child_prefix_length":{},"nat":false,"private_super":false,"underlay":true,"vrf":0,"parent":null,"additional_announcable_cidrs":[],"network_type":"underlay"}}', 1796035959918000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc000000000000000d', '02afba9b77fa485676aeebf436d904eb', '{"address":{"address":"203.0.113.142","parent_prefix":"203.0.113.128/25","network":"internet-mini-lab","project":"00000000-0000-0000-0000-000000000000","allocation_uuid":"81db6e19-c1da-4635-9acd-eb507c4449aa","request":"a28273c7-cd36-46cc-0000-00000000000d","name":"reserve v4","description":"Reserve IPv4 (for testing purposes)","type":"static","tags":[],"created":"2026-11-30T10:52:39.921Z","changed":"2026-11-30T10:52:39.921Z","attachments":[]}}', 1796035959921000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc000000000000000e', 'c1da98837bf081b8fa86d3c6ea481dfa', '{"address":{"address":"2001:db8:0:113::142","parent_prefix":"2001:db8:0:113::/64","network":"internet-mini-lab","project":"00000000-0000-0000-0000-000000000000","allocation_uuid":"d2530566-cc28-4a4f-be9c-10bcc07799e8","request":"a28273c7-cd36-46cc-0000-00000000000e","name":"reserve v6","description":"Reserve IPv6 (for testing purposes)","type":"static","tags":[],"created":"2026-11-30T10:52:39.926Z","changed":"2026-11-30T10:52:39.926Z","attachments":[]}}', 1796035959926000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc000000000000000f', 'c81685ff2a757683269a15b0915ea780', '{"image":{"id":"debian-13.0","name":"Debian 13","description":"Debian 13 Latest Release","created":"2026-11-30T10:52:39.904Z","changed":"2026-11-30T10:52:39.929Z","url":"https://images.metal-stack.io/metal-os/stable/debian/13/img.tar.lz4","os":"debian","version":"13.0.0","features":["machine"],"expiration":"2999-01-01T00:00:00Z","classification":"preview"}}', 1796035959929000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc000000000000002c', '2980cd1d0f8784413d2b7e70dad74391', '{"registered":{"machine":"00000000-0000-0000-0000-0000000000a0","size":"v1-small-x86","partition":"mini-lab"}}', 1796035960136000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000010', 'a9d01f44ecc458e587f7c28f6fd8dfcb', '{"image":{"id":"firewall-ubuntu-3.0","name":"Firewall 3 Ubuntu","description":"Firewall 3 Ubuntu Latest Release","created":"2026-11-30T10:52:39.899Z","changed":"2026-11-30T10:52:39.932Z","url":"https://images.metal-stack.io/metal-os/stable/firewall/3.0-ubuntu/img.tar.lz4","os":"firewall-ubuntu","version":"3.0.0","features":["firewall"],"expiration":"2999-01-01T00:00:00Z","classification":"preview"}}', 1796035959932000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000011', '84b27edfbc495fa886afe1a7c636c3d7', '{"image":{"id":"ubuntu-26.4","name":"Ubuntu 26.04","description":"Ubuntu 26.04 Latest Release","created":"2026-11-30T10:52:39.902Z","changed":"2026-11-30T10:52:39.934Z","url":"https://images.metal-stack.io/metal-os/stable/ubuntu/26.04/img.tar.lz4","os":"ubuntu","version":"26.4.0","features":["machine"],"expiration":"2999-01-01T00:00:00Z","classification":"preview"}}', 1796035959934000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000012', 'b271d4ca66315a919277adae5869a6e6', '{"switch":{"id":"leaf01","created":true}}', 1796035959937000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000013', 'f4fed8c29cb2589657b9fbe8cf5fb732', '{"switch":{"id":"leaf02","created":true}}', 1796035959940000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000014', 'bb542c5ef817b5bdc4eb4c82811ca340', '{"switch":{"id":"leaf03","created":true}}', 1796035959942000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000015', '8589baa918c77d2232f8c32338b0fa01', '{"size":{"id":"v1-small-x86","name":"v1-small-x86","description":"The Tiny Virtual","created":"2026-11-30T10:52:39.896Z","changed":"2026-11-30T10:52:39.946Z","constraints":[{"type":"cores","min":1,"max":4},{"type":"memory","min":500000000,"max":4000000000},{"type":"storage","min":1000000000,"max":100000000000},{"type":"gpu","min":1,"max":1,"identifier":"*"}],"labels":{}}}', 1796035959946000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000016', '4d1e201dd203a51e5e59a42995c2957b', '{"partition":{"id":"elsewhere","name":"","description":"","created":"2026-11-30T10:52:39.97Z","changed":"2026-11-30T10:52:39.97Z","mgmt_service_address":"","labels":{},"boot_config":{"image_url":"","kernel_url":"","command_line":""},"dns_servers":[],"ntp_servers":[]}}', 1796035959970000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000017', '4b7ae39dfdd3120f4694e03d6f728748', '{"network":{"id":"wide","name":"","description":"","created":"2026-11-30T10:52:39.973Z","changed":"2026-11-30T10:52:39.973Z","partition":"","project":"","labels":{},"shared":false,"prefixes":["10.64.0.0/12"],"destination_prefixes":["0.0.0.0/0"],"default_child_prefix_length":{},"nat":false,"private_super":false,"underlay":false,"vrf":8,"parent":null,"additional_announcable_cidrs":[],"network_type":"external"}}', 1796035959973000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000018', '523e9783e6d2b68a0f4d163cc70f848d', '{"network":{"id":"a84317b5-5a56-451d-9e1c-183dfaea6969","name":"ours","description":"","created":"2026-11-30T10:52:39.975Z","changed":"2026-11-30T10:52:39.975Z","partition":"mini-lab","project":"00000000-0000-0000-0000-000000000001","labels":{},"shared":false,"prefixes":["10.0.0.0/22","2001:db8:0:10::/96"],"destination_prefixes":[],"default_child_prefix_length":null,"nat":false,"private_super":false,"underlay":false,"vrf":1,"parent":"tenant-super-network-mini-lab","additional_announcable_cidrs":[],"network_type":"child"}}', 1796035959975000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000000', 'c0a234bb19d5fa9912a3a7f2de4aa428', '{"refused":{"because":"NotFound","message":"NotFound no size with id \"nothing\" found"}}', 1796035959981000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000001', 'e09fb8576061898f4de3b76cbfe5c0c8', '{"refused":{"because":"Conflict","message":"Conflict cannot create size in database, entity already exists: v1-small-x86"}}', 1796035959984000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000002', 'c6f33f03857ea44e3734a5d16f13683b', '{"refused":{"because":"Unprocessable","message":"10.64.0.0/13 overlaps 10.64.0.0/12"}}', 1796035959987000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000003', 'c89757f01a31eaf72bd01301e4772d7f', '{"refused":{"because":"NotFound","message":"rpc error: code = NotFound desc = project with id:nobody not found sql: no rows in result set"}}', 1796035959989000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000004', '3b9007c4fb25d3342ceecea14885cef6', '{"refused":{"because":"Unprocessable","message":"no machine available"}}', 1796035959991000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc000000000000001c', '1aef6b78891b2d935f953cf05b988902', '{"registered":{"machine":"00000000-0000-0000-0000-0000000000a1","size":"v1-small-x86","partition":"mini-lab"}}', 1796035960003000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000005', 'fe60ef2df28c03b37f4b3d656b51af4c', '{"allocated":{"machine":"00000000-0000-0000-0000-0000000000a1","allocation":"f8e7fcf2-4321-4985-aeab-d450aeeb4494"}}', 1796035960013000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000020', '23b78e828afabcb932d51812f8719b77', '"done"', 1796035960022000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000025', '6deeb913bcc356b4602ea2bdbb5c4938', '{"registered":{"machine":"00000000-0000-0000-0000-0000000000a2","size":"v1-small-x86","partition":"mini-lab"}}', 1796035960034000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000006', 'f840e5a25b34907d685e88d96e882f6b', '{"layout":{"id":"hostile","name":"n","description":"d","filesystems":[{"path":"/","device":"/dev/vg/root","format":"ext4","label":"l","mountoptions":["noexec"],"createoptions":["-F"]}],"disks":[{"device":"/dev/sda","partitions":[{"number":1,"label":"l","size":9,"gpttype":"ef00"},{"number":2,"size":0}],"wipeonreinstall":true}],"raid":[{"arrayname":"/dev/md0","devices":["/dev/sda1"],"level":"1","createoptions":["-F"],"spares":1}],"volumegroups":[{"name":"vg","devices":["/dev/sda2"],"tags":["t"]}],"logicalvolumes":[{"name":"root","volumegroup":"vg","size":1,"lvmtype":"linear"}],"constraints":{"sizes":["s"],"images":{"ubuntu":">= 20.04"}}}}', 1796035960042000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000007', '6ac83b9ccb3569fc4eb8c38943dad00e', '{"layout":{"id":"hostile","name":"n","description":"d","filesystems":[{"path":"/","device":"/dev/vg/root","format":"ext4","label":"l","mountoptions":["noexec"],"createoptions":["-F"]}],"disks":[{"device":"/dev/sda","partitions":[{"number":1,"label":"l","size":9,"gpttype":"ef00"},{"number":2,"size":0}],"wipeonreinstall":true}],"raid":[{"arrayname":"/dev/md0","devices":["/dev/sda1"],"level":"1","createoptions":["-F"],"spares":1}],"volumegroups":[{"name":"vg","devices":["/dev/sda2"],"tags":["t"]}],"logicalvolumes":[{"name":"root","volumegroup":"vg","size":1,"lvmtype":"linear"}],"constraints":{"sizes":["s"],"images":{"ubuntu":">= 20.04"}}}}', 1796035960044000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000008', '4a015b213c619287263e1ed86266e127', '{"image":{"id":"debian-12.0.20260101","name":"n","description":"d","created":"2026-11-30T10:52:40.047Z","changed":"2026-11-30T10:52:40.047Z","url":"http://u","os":"debian","version":"12.0.20260101","features":["machine"],"expiration":"2030-01-01T00:00:00Z","classification":"preview"}}', 1796035960047000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000009', 'fd51db31d2855d95a878af82d0c3e6fc', '{"image":{"id":"debian-12.0.20260101","name":"n","description":"d","created":"2026-11-30T10:52:40.047Z","changed":"2026-11-30T10:52:40.049Z","url":"http://u","os":"debian","version":"12.0.20260101","features":["machine"],"expiration":"2030-01-01T00:00:00Z","classification":"preview"}}', 1796035960049000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d000000004000800000000000000a', '65485d3ba1ee85ba47a7c509537df375', '{"network":{"id":"hostile","name":"n","description":"d","created":"2026-11-30T10:52:40.052Z","changed":"2026-11-30T10:52:40.052Z","partition":"elsewhere","project":"00000000-0000-0000-0000-000000000001","labels":{"a":"b"},"shared":false,"prefixes":["10.112.0.0/16"],"destination_prefixes":["10.8.0.0/16"],"default_child_prefix_length":{"IPv4":22},"nat":false,"private_super":true,"underlay":false,"vrf":7,"parent":null,"additional_announcable_cidrs":["10.0.0.0/8"],"network_type":"super"}}', 1796035960052000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d000000004000800000000000000b', '6fc2c874f7a889a2b8229af7eb2ec662', '{"network":{"id":"hostile","name":"n","description":"d","created":"2026-11-30T10:52:40.052Z","changed":"2026-11-30T10:52:40.055Z","partition":"elsewhere","project":"00000000-0000-0000-0000-000000000001","labels":{"a":"b"},"shared":false,"prefixes":["10.112.0.0/16"],"destination_prefixes":["10.8.0.0/16"],"default_child_prefix_length":{"IPv4":22},"nat":false,"private_super":true,"underlay":false,"vrf":7,"parent":null,"additional_announcable_cidrs":["10.0.0.0/8"],"network_type":"super"}}', 1796035960055000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d000000004000800000000000000c', '111d608f33d355f687c1489143c3ff76', '{"partition":{"id":"hostile","name":"n","description":"d","created":"2026-11-30T10:52:40.058Z","changed":"2026-11-30T10:52:40.058Z","mgmt_service_address":"1.1.1.1:1","labels":{"a":"b"},"boot_config":{"image_url":"http://i","kernel_url":"http://k","command_line":"q"},"dns_servers":["1.1.1.1"],"ntp_servers":["a.b"]}}', 1796035960058000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d000000004000800000000000000d', '53fb7fb7c415abaac7863c7b91f1fdbf', '{"partition":{"id":"hostile","name":"n","description":"d","created":"2026-11-30T10:52:40.058Z","changed":"2026-11-30T10:52:40.06Z","mgmt_service_address":"1.1.1.1:1","labels":{"a":"b"},"boot_config":{"image_url":"http://i","kernel_url":"http://k","command_line":"q"},"dns_servers":["1.1.1.1"],"ntp_servers":["a.b"]}}', 1796035960060000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d000000004000800000000000000e', '4e8c797265a415d0d2a14a7247f4dad5', '{"project":{"meta":{"id":"hostile","kind":"Project","apiversion":"v1","created_time":"2026-11-30T10:52:40.063Z","updated_time":"2026-01-01T00:00:00Z","annotations":{"a":"b"},"labels":["l"]},"name":"n","description":"d","tenant_id":"metal-stack","quotas":{"cluster":{"used":0,"quota":100000},"machine":{"used":0,"quota":100000},"ip":{"used":0,"quota":100000},"project":{"used":0,"quota":100000}}}}', 1796035960063000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d000000004000800000000000000f', 'b55244764592602c905d43ebe6278ee0', '{"project":{"meta":{"id":"hostile","kind":"Project","apiversion":"v1","version":1,"created_time":"2026-11-30T10:52:40.063Z","updated_time":"2026-11-30T10:52:40.066Z","annotations":{"a":"b"},"labels":["l"]},"name":"n","description":"d","tenant_id":"metal-stack","quotas":{"cluster":{"used":0,"quota":100000},"machine":{"used":0,"quota":100000},"ip":{"used":0,"quota":100000},"project":{"used":0,"quota":100000}}}}', 1796035960066000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000010', '16bc02ffed60012b34985ac61700cfb2', '{"size":{"id":"hostile","name":"n","description":"d","created":"2026-11-30T10:52:40.069Z","changed":"2026-11-30T10:52:40.069Z","constraints":[{"type":"cores","min":77,"max":78,"identifier":"*"}],"labels":{"a":"b"}}}', 1796035960069000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000011', '8e040949a834ca04067b2b8e97dc1bf2', '{"size":{"id":"hostile","name":"n","description":"d","created":"2026-11-30T10:52:40.069Z","changed":"2026-11-30T10:52:40.071Z","constraints":[{"type":"cores","min":77,"max":78,"identifier":"*"}],"labels":{"a":"b"}}}', 1796035960071000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000012', '706ff3d544ebf03907c65bcf0ec1dd2e', '{"tenant":{"meta":{"id":"hostile","kind":"Tenant","apiversion":"v1","created_time":"2026-11-30T10:52:40.074Z","updated_time":"2026-01-01T00:00:00Z","annotations":{"a":"b"},"labels":["l"]},"name":"n","description":"d","default_quotas":{"cluster":{"used":0,"quota":100000},"machine":{"used":0,"quota":100000},"ip":{"used":0,"quota":100000},"project":{"used":0,"quota":100000}},"quotas":{"cluster":{"used":0,"quota":100000},"machine":{"used":0,"quota":100000},"ip":{"used":0,"quota":100000},"project":{"used":0,"quota":100000}},"iam_config":{"issuer_config":{"url":"http://u","client_id":"c"},"idm_config":{"idm_type":"i"}}}}', 1796035960074000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000013', '5ce462f2be07dc10b443f4279dd77897', '{"tenant":{"meta":{"id":"hostile","kind":"Tenant","apiversion":"v1","version":1,"created_time":"2026-11-30T10:52:40.074Z","updated_time":"2026-11-30T10:52:40.076Z","annotations":{"a":"b"},"labels":["l"]},"name":"n","description":"d","default_quotas":{"cluster":{"used":0,"quota":100000},"machine":{"used":0,"quota":100000},"ip":{"used":0,"quota":100000},"project":{"used":0,"quota":100000}},"quotas":{"cluster":{"used":0,"quota":100000},"machine":{"used":0,"quota":100000},"ip":{"used":0,"quota":100000},"project":{"used":0,"quota":100000}},"iam_config":{"issuer_config":{"url":"http://u","client_id":"c"},"idm_config":{"idm_type":"i"}}}}', 1796035960076000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000014', '4aaaec649209a9126939cbeb0b83e121', '{"network":{"id":"9e62b603-1ff3-4c94-a53e-c03bf0db1dbb","name":"a","description":"d","created":"2026-11-30T10:52:40.079Z","changed":"2026-11-30T10:52:40.079Z","partition":"mini-lab","project":"00000000-0000-0000-0000-000000000001","labels":{"a":"b"},"shared":true,"prefixes":["10.0.4.0/28"],"destination_prefixes":["0.0.0.0/0"],"default_child_prefix_length":null,"nat":true,"private_super":false,"underlay":false,"vrf":2,"parent":"tenant-super-network-mini-lab","additional_announcable_cidrs":[],"network_type":"child-shared"}}', 1796035960080000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000015', 'a48103cacdbe155bd1c3594ff6dfa97e', '{"address":{"address":"10.64.0.1","parent_prefix":"10.64.0.0/12","network":"wide","project":"00000000-0000-0000-0000-000000000001","allocation_uuid":"ec8ed158-fd7b-4088-a53e-fedefc8df429","request":"601d0000-0000-4000-8000-000000000015","name":"n","description":"d","type":"static","tags":["a","machine.metal-stack.io/id=00000000-0000-0000-0000-0000000000a0"],"created":"2026-11-30T10:52:40.083Z","changed":"2026-11-30T10:52:40.083Z","attachments":[]}}', 1796035960083000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000016', '47d8ae330abf9256d0e3623b78081484', '{"address":{"address":"10.66.0.1","parent_prefix":"10.64.0.0/12","network":"wide","project":"00000000-0000-0000-0000-000000000001","allocation_uuid":"f45e5256-6015-425e-8f4b-54b86403aaa1","request":"601d0000-0000-4000-8000-000000000016","name":"n","description":"d","type":"static","tags":["a","machine.metal-stack.io/id=00000000-0000-0000-0000-0000000000a0"],"created":"2026-11-30T10:52:40.086Z","changed":"2026-11-30T10:52:40.086Z","attachments":[]}}', 1796035960086000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000017', '9b6182a600f9e96b45905ef89ba579dc', '{"address":{"address":"203.0.113.142","parent_prefix":"203.0.113.128/25","network":"internet-mini-lab","project":"00000000-0000-0000-0000-000000000000","allocation_uuid":"81db6e19-c1da-4635-9acd-eb507c4449aa","request":"a28273c7-cd36-46cc-0000-00000000000d","name":"n","description":"d","type":"static","tags":["t"],"created":"2026-11-30T10:52:39.921Z","changed":"2026-11-30T10:52:40.089Z","attachments":[]}}', 1796035960089000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000018', 'b271d4ca66315a919277adae5869a6e6', '{"switch":{"id":"leaf01","created":false}}', 1796035960092000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000019', '1f53e873d871b5067dbe02672f2640cb', '{"switch":{"id":"leaf01","created":false}}', 1796035960096000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d000000004000800000000000001b', '19c45fb0eeecb9ebb317f4d5c104703e', '{"switch":{"id":"leaf01","created":false}}', 1796035960101000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d000000004000800000000000001d', '46be27efdf6cc1331373286c9b0c7f9d', '{"machine":"00000000-0000-0000-0000-0000000000a1"}', 1796035960106000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d000000004000800000000000001e', '3c1e49e5d6ca0949411f508750f60748', '{"machine":"00000000-0000-0000-0000-0000000000a1"}', 1796035960110000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d000000004000800000000000001f', 'd2cdf000143d46dd279a565d5b35cace', '{"machine":"00000000-0000-0000-0000-0000000000a1"}', 1796035960113000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000020', 'f71123002fa465be7c4caf079a8f57e1', '{"allocated":{"machine":"00000000-0000-0000-0000-0000000000a2","allocation":"7f6a3627-1d8a-4013-a70b-66dca7892b21"}}', 1796035960119000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000021', 'f71123002fa465be7c4caf079a8f57e1', '{"refused":{"because":"Unprocessable","message":"no machine available"}}', 1796035960125000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000022', '9db7f7f862a035f2f425ed57b63ff116', '{"address":{"address":"10.66.0.2","parent_prefix":"10.64.0.0/12","network":"wide","project":"00000000-0000-0000-0000-000000000001","allocation_uuid":"bb63f6e0-715e-41ed-8431-0c144e3720ce","request":"601d0000-0000-4000-8000-000000000022","name":"x","description":"","type":"ephemeral","tags":[],"created":"2026-11-30T10:52:40.144Z","changed":"2026-11-30T10:52:40.144Z","attachments":[]}}', 1796035960145000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000023', 'fe3b1e6cacd53693f0b3f6e059b2ab99', '{"address":{"address":"10.66.0.3","parent_prefix":"10.64.0.0/12","network":"wide","project":"00000000-0000-0000-0000-000000000001","allocation_uuid":"957d7b80-f003-476c-9eeb-61a8e092cb4e","request":"601d0000-0000-4000-8000-000000000023","name":"y","description":"","type":"ephemeral","tags":[],"created":"2026-11-30T10:52:40.148Z","changed":"2026-11-30T10:52:40.148Z","attachments":[]}}', 1796035960148000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000024', '3e32a3fd05b36d1530ff55ac3e892120', '{"address":{"address":"10.66.0.2","parent_prefix":"10.64.0.0/12","network":"wide","project":"00000000-0000-0000-0000-000000000001","allocation_uuid":"bb63f6e0-715e-41ed-8431-0c144e3720ce","request":"601d0000-0000-4000-8000-000000000022","name":"x","description":"","type":"ephemeral","tags":[],"created":"2026-11-30T10:52:40.144Z","changed":"2026-11-30T10:52:40.144Z","attachments":[]}}', 1796035960151000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc000000000000002f', '0015360dac3972efee611c281d181fb0', '{"network":{"id":"wide","name":"","description":"","created":"2026-11-30T10:52:39.973Z","changed":"2026-11-30T10:52:40.154Z","partition":"","project":"","labels":{},"shared":false,"prefixes":["10.64.0.0/12"],"destination_prefixes":["0.0.0.0/0"],"default_child_prefix_length":{},"nat":false,"private_super":false,"underlay":false,"vrf":8,"parent":null,"additional_announcable_cidrs":[],"network_type":"external"}}', 1796035960154000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000025', '24d87b9faf918e0345e83f7d6c3e9061', '{"address":{"address":"10.66.0.3","parent_prefix":"10.64.0.0/12","network":"wide","project":"00000000-0000-0000-0000-000000000001","allocation_uuid":"957d7b80-f003-476c-9eeb-61a8e092cb4e","request":"601d0000-0000-4000-8000-000000000023","name":"y","description":"","type":"ephemeral","tags":[],"created":"2026-11-30T10:52:40.148Z","changed":"2026-11-30T10:52:40.148Z","attachments":[]}}', 1796035960156000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000026', 'f8de067b4ffd58dd145fa413eb055303', '{"addresses":[{"address":"10.64.0.2","parent_prefix":"10.64.0.0/12","network":"wide","project":"00000000-0000-0000-0000-000000000001","allocation_uuid":"9c5058b7-4095-4ebf-ba8f-8b6b171da978","request":"601d0000-0000-4000-8000-000000000026","name":"","description":"","type":"ephemeral","tags":[],"created":"2026-11-30T10:52:40.159Z","changed":"2026-11-30T10:52:40.159Z","attachments":[]},{"address":"10.64.0.3","parent_prefix":"10.64.0.0/12","network":"wide","project":"00000000-0000-0000-0000-000000000001","allocation_uuid":"4efc8573-38bf-4501-86a9-88231e81ab32","request":"601d0000-0000-4000-8000-000000000026","name":"","description":"","type":"ephemeral","tags":[],"created":"2026-11-30T10:52:40.159Z","changed":"2026-11-30T10:52:40.159Z","attachments":[]},{"address":"10.64.0.4","parent_prefix":"10.64.0.0/12","network":"wide","project":"00000000-0000-0000-0000-000000000001","allocation_uuid":"c6cf82ba-b076-424d-84f6-a076a1c1a946","request":"601d0000-0000-4000-8000-000000000026","name":"","description":"","type":"ephemeral","tags":[],"created":"2026-11-30T10:52:40.159Z","changed":"2026-11-30T10:52:40.159Z","attachments":[]}]}', 1796035960159000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000027', '25ec9e68fca72dbf061a5f86ff0278ea', '{"network":{"id":"70a6ee74-c6d1-40cf-965d-55a91933de72","name":"gone","description":"","created":"2026-11-30T10:52:40.163Z","changed":"2026-11-30T10:52:40.163Z","partition":"mini-lab","project":"00000000-0000-0000-0000-000000000001","labels":{},"shared":false,"prefixes":["10.0.8.0/22","2001:db8:0:10:0:1::/96"],"destination_prefixes":[],"default_child_prefix_length":null,"nat":false,"private_super":false,"underlay":false,"vrf":3,"parent":"tenant-super-network-mini-lab","additional_announcable_cidrs":[],"network_type":"child"}}', 1796035960163000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000028', 'f98eca196625c8869df5540b423024d7', '{"network":{"id":"70a6ee74-c6d1-40cf-965d-55a91933de72","name":"gone","description":"","created":"2026-11-30T10:52:40.163Z","changed":"2026-11-30T10:52:40.163Z","partition":"mini-lab","project":"00000000-0000-0000-0000-000000000001","labels":{},"shared":false,"prefixes":["10.0.8.0/22","2001:db8:0:10:0:1::/96"],"destination_prefixes":[],"default_child_prefix_length":null,"nat":false,"private_super":false,"underlay":false,"vrf":3,"parent":"tenant-super-network-mini-lab","additional_announcable_cidrs":[],"network_type":"child"}}', 1796035960166000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d0000000040008000000000000029', 'd13dc92b85201f3e121a15bb2f260273', '{"machine":"00000000-0000-0000-0000-0000000000a1"}', 1796035960170000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d000000004000800000000000002a', '97682eafe1889af342f81ff53e3d54c7', '{"machine":"00000000-0000-0000-0000-0000000000a1"}', 1796035960174000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d000000004000800000000000002b', '5824dd7879ea4aada2f0d9d0ea73d988', '{"machine":"00000000-0000-0000-0000-0000000000a1"}', 1796035960178000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d000000004000800000000000002c', '804b43b39360f6359c8535db4a1190a1', '{"machine":"00000000-0000-0000-0000-0000000000a1"}', 1796035960181000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000030', '3a9e02701ff64e0542766a390a338aeb', '{"switch":{"id":"leaf04","created":true}}', 1796035960185000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d000000004000800000000000002d', '6e74e22fab165df9f7f96a08fe30d2a4', '{"switch_shown":{"switch":{"id":"leaf04","name":"leaf04","description":"d","created":"2026-11-30T10:52:40.185Z","changed":"2026-11-30T10:52:40.185Z","partition":"mini-lab","rack":"rack","nics":[{"name":"Ethernet0","mac":"","identifier":"Eth0","vrf":"","state":null,"bgp":null},{"name":"Ethernet1","mac":"","identifier":"Eth1","vrf":"","state":null,"bgp":null},{"name":"Ethernet2","mac":"","identifier":"Eth2","vrf":"","state":null,"bgp":null}],"connections":{},"mode":"","os":{"vendor":"SONiC","version":"4","metal_core_version":"1"},"management_ip":"10.9.0.1","management_user":"admin","console_command":"c"},"created":false}}', 1796035960187000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d000000004000800000000000002e', '1df769b06a6b8534f2b781b118dda7a4', '{"image":{"id":"debian-12.0.20260101","name":"n","description":"d","created":"2026-11-30T10:52:40.047Z","changed":"2026-11-30T10:52:40.049Z","url":"http://u","os":"debian","version":"12.0.20260101","features":["machine"],"expiration":"2030-01-01T00:00:00Z","classification":"preview"}}', 1796035960190000);
INSERT INTO public.inbox VALUES ('mini-lab', '\x601d000000004000800000000000002f', 'f29eed1c756bcd6010c2f452264a72cd', '{"size":{"id":"hostile","name":"n","description":"d","created":"2026-11-30T10:52:40.069Z","changed":"2026-11-30T10:52:40.071Z","constraints":[{"type":"cores","min":77,"max":78,"identifier":"*"}],"labels":{"a":"b"}}}', 1796035960192000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000031', '43e9b44f6612f3f2a7ebb9a79e606405', '"done"', 1796035960195000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000032', 'fe6e1248dbf23666d578561f2bdb0eb8', '{"prefix":{"namespace":"golden","cidr":"10.0.0.0/16","parent":null,"is_parent":false,"created":"2026-11-30T10:52:40.197Z"}}', 1796035960197000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000033', '91ba45db5c80062b5019bc8dccad748d', '{"prefix":{"namespace":"golden","cidr":"10.1.0.0/16","parent":null,"is_parent":false,"created":"2026-11-30T10:52:40.2Z"}}', 1796035960200000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000034', '599bb7a918a20c2cb7b042a58e23aa50', '{"prefix":{"namespace":"golden","cidr":"10.0.0.0/24","parent":"10.0.0.0/16","is_parent":false,"created":"2026-11-30T10:52:40.202Z"}}', 1796035960202000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000035', '9734ad7f5d66d3904746881af7ac8372', '{"prefix_address":{"namespace":"golden","prefix":"10.1.0.0/16","address":"10.1.0.1","created":"2026-11-30T10:52:40.205Z"}}', 1796035960205000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000036', '690c03c81d50831d5abc3f8ba7225d98', '{"prefix_address":{"namespace":"golden","prefix":"10.1.0.0/16","address":"10.1.7.7","created":"2026-11-30T10:52:40.207Z"}}', 1796035960208000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000037', '478af8249bd8dcca3eb7c66c79f06d31', '{"prefix":{"namespace":"root","cidr":"10.2.0.0/16","parent":null,"is_parent":false,"created":"2026-11-30T10:52:40.21Z"}}', 1796035960210000);
INSERT INTO public.inbox VALUES ('mini-lab', '\xa28273c7cd3646cc0000000000000038', 'b6c92b87e86d4c6fa869e91f2bb4de66', '{"prefix_address":{"namespace":"root","prefix":"10.2.0.0/16","address":"10.2.0.1","created":"2026-11-30T10:52:40.211Z"}}', 1796035960212000);
INSERT INTO public.layout VALUES ('mini-lab', 'default', 1796035959906000, '', '', '{"id":"default","name":"","description":"EFI, root and varlib on one disk","filesystems":[{"path":"/boot/efi","device":"/dev/sda1","format":"vfat","label":"efi","mountoptions":[],"createoptions":["-F","32"]},{"path":"/","device":"/dev/sda2","format":"ext4","label":"root","mountoptions":[],"createoptions":[]},{"path":"/var/lib","device":"/dev/sda3","format":"ext4","label":"varlib","mountoptions":[],"createoptions":[]}],"disks":[{"device":"/dev/sda","partitions":[{"number":1,"label":"efi","size":500,"gpttype":"ef00"},{"number":2,"label":"root","size":5000,"gpttype":"8300"},{"number":3,"label":"varlib","size":0,"gpttype":"8300"}],"wipeonreinstall":true}],"raid":[],"volumegroups":[],"logicalvolumes":[],"constraints":{"sizes":["v1-small-x86"],"images":{"debian":"*","firewall-ubuntu":"*","ubuntu":"*"}}}');
INSERT INTO public.layout VALUES ('mini-lab', 'hostile', 1796035960041001, '', '', '{"id":"hostile","name":"n","description":"d","filesystems":[{"path":"/","device":"/dev/vg/root","format":"ext4","label":"l","mountoptions":["noexec"],"createoptions":["-F"]}],"disks":[{"device":"/dev/sda","partitions":[{"number":1,"label":"l","size":9,"gpttype":"ef00"},{"number":2,"size":0}],"wipeonreinstall":true}],"raid":[{"arrayname":"/dev/md0","devices":["/dev/sda1"],"level":"1","createoptions":["-F"],"spares":1}],"volumegroups":[{"name":"vg","devices":["/dev/sda2"],"tags":["t"]}],"logicalvolumes":[{"name":"root","volumegroup":"vg","size":1,"lvmtype":"linear"}],"constraints":{"sizes":["s"],"images":{"ubuntu":">= 20.04"}}}');
INSERT INTO public.machine VALUES ('mini-lab', '00000000-0000-0000-0000-0000000000a2', 1796035960027005, '00000000-0000-0000-0000-000000000001', 'mini-lab', '{"id":"00000000-0000-0000-0000-0000000000a2","created":"2026-11-30T10:52:40.027Z","changed":"2026-11-30T10:52:40.118Z","partition":"mini-lab","size":"v1-small-x86","rack":"rack","waiting":true,"wiped":true,"hardware":{"memory_bytes":2147483648,"disks":[{"name":"/dev/sda","size_bytes":10737418240}],"cpus":[{"vendor":"v","model":"m","cores":1,"threads":1}],"gpus":[{"vendor":"v","model":"m"}],"nics":[{"mac":"02:00:00:00:00:21","name":"eth1","identifier":"i","hostname":"h","neighbors":[{"mac":"02:00:00:00:01:20","name":"Ethernet2","identifier":"Eth2","hostname":"leaf01","neighbors":[]}]},{"mac":"02:00:00:00:00:22","name":"eth2","identifier":"i","hostname":"h","neighbors":[{"mac":"02:00:00:00:01:20","name":"Ethernet2","identifier":"Eth2","hostname":"leaf02","neighbors":[]}]}]},"state":{"value":"","description":"","issuer":"","metal_hammer_version":"v1"},"led":{"value":"","description":""},"tags":["machine.metal-stack.io/chassis=b","machine.metal-stack.io/network.primary.asn=4210000002","machine.metal-stack.io/rack=rack","t"],"ipmi":{"address":"10.0.0.3:623","mac":"02:00:00:00:00:29","user":"metal","password":"secret","interface":"lanplus","fru":{"chassis_part_number":"a","chassis_part_serial":"b","board_mfg":"c","board_mfg_serial":"d","board_part_number":"e","product_manufacturer":"f","product_part_number":"g","product_serial":"h"},"bmc_version":"1","power_state":"ON","power_metric":null,"power_supplies":[],"last_updated":"2026-11-30T10:52:40.034Z"},"bios":{"version":"1","vendor":"v","date":"2026"},"allocation":{"uuid":"7f6a3627-1d8a-4013-a70b-66dca7892b21","creator":"metal-admin@metal-stack.io","created":"2026-11-30T10:52:40.118Z","name":"n","description":"d","project":"00000000-0000-0000-0000-000000000001","image":"firewall-ubuntu-3.0","layout":{"id":"default","name":"","description":"EFI, root and varlib on one disk","filesystems":[{"path":"/boot/efi","device":"/dev/sda1","format":"vfat","label":"efi","mountoptions":[],"createoptions":["-F","32"]},{"path":"/","device":"/dev/sda2","format":"ext4","label":"root","mountoptions":[],"createoptions":[]},{"path":"/var/lib","device":"/dev/sda3","format":"ext4","label":"varlib","mountoptions":[],"createoptions":[]}],"disks":[{"device":"/dev/sda","partitions":[{"number":1,"label":"efi","size":500,"gpttype":"ef00"},{"number":2,"label":"root","size":5000,"gpttype":"8300"},{"number":3,"label":"varlib","size":0,"gpttype":"8300"}],"wipeonreinstall":true}],"raid":[],"volumegroups":[],"logicalvolumes":[],"constraints":{"sizes":["v1-small-x86"],"images":{"debian":"*","firewall-ubuntu":"*","ubuntu":"*"}}},"networks":[{"network":"a84317b5-5a56-451d-9e1c-183dfaea6969","prefixes":["10.0.0.0/22","2001:db8:0:10::/96"],"destination_prefixes":[],"ips":["10.0.0.2","2001:db8:0:10::2"],"vrf":1,"asn":4210000002,"nat":false,"private":true,"private_primary":true,"shared":false,"underlay":false,"project":"00000000-0000-0000-0000-000000000001","network_type":"child"},{"network":"underlay-mini-lab","prefixes":["10.1.0.0/24"],"destination_prefixes":[],"ips":["10.1.0.1"],"vrf":0,"asn":4210000002,"nat":false,"private":false,"private_primary":false,"shared":false,"underlay":true,"project":"","network_type":"underlay"}],"hostname":"h","ssh_pub_keys":[],"user_data":"data","reinstall":false,"boot_info":null,"installed":false,"role":"firewall","vpn":null,"firewall_rules":{"egress":[{"protocol":"tcp","ports":[443],"from":[],"to":["0.0.0.0/0"],"comment":"c"}],"ingress":[{"protocol":"tcp","ports":[22],"from":["1.1.1.1/32"],"to":["2.2.2.2/32"],"comment":"c"}]},"dns_servers":["1.1.1.1"],"ntp_servers":["a.b"],"console_password":""},"orders":[],"expectation":{"awaits":"installation","reason":"it is allocated, the installation must begin","since":"2026-11-30T10:52:40.118Z","deadline":"2026-11-30T11:02:40.118Z","then":"an allocated machine is left alone and only looked at again: look at its console, power cycle it or free it","next_try":"2026-11-30T11:02:40.118Z","tries":0}}');
INSERT INTO public.machine VALUES ('mini-lab', '00000000-0000-0000-0000-0000000000a1', 1796035959993015, '00000000-0000-0000-0000-000000000001', 'mini-lab', '{"id":"00000000-0000-0000-0000-0000000000a1","created":"2026-11-30T10:52:39.993Z","changed":"2026-11-30T10:52:40.181Z","partition":"mini-lab","size":"v1-small-x86","rack":"rack","waiting":false,"wiped":true,"hardware":{"memory_bytes":2147483648,"disks":[{"name":"/dev/sda","size_bytes":10737418240}],"cpus":[{"vendor":"v","model":"m","cores":1,"threads":1}],"gpus":[{"vendor":"v","model":"m"}],"nics":[{"mac":"02:00:00:00:00:11","name":"eth1","identifier":"i","hostname":"h","neighbors":[{"mac":"02:00:00:00:01:10","name":"Ethernet1","identifier":"Eth1","hostname":"leaf01","neighbors":[]}]},{"mac":"02:00:00:00:00:12","name":"eth2","identifier":"i","hostname":"h","neighbors":[{"mac":"02:00:00:00:01:10","name":"Ethernet1","identifier":"Eth1","hostname":"leaf02","neighbors":[]}]}]},"state":{"value":"TAINTED","description":"d","issuer":"metal-admin@metal-stack.io","metal_hammer_version":"v1"},"led":{"value":"LED-ON","description":""},"tags":["machine.metal-stack.io/chassis=b","machine.metal-stack.io/network.primary.asn=4210000001","machine.metal-stack.io/rack=rack","t"],"ipmi":{"address":"10.0.0.2:623","mac":"02:00:00:00:00:19","user":"metal","password":"secret","interface":"lanplus","fru":{"chassis_part_number":"a","chassis_part_serial":"b","board_mfg":"c","board_mfg_serial":"d","board_part_number":"e","product_manufacturer":"f","product_part_number":"g","product_serial":"h"},"bmc_version":"1","power_state":"ON","power_metric":null,"power_supplies":[],"last_updated":"2026-11-30T10:52:40.002Z"},"bios":{"version":"1","vendor":"v","date":"2026"},"allocation":{"uuid":"f8e7fcf2-4321-4985-aeab-d450aeeb4494","creator":"metal-admin@metal-stack.io","created":"2026-11-30T10:52:40.012Z","name":"installed","description":"d","project":"00000000-0000-0000-0000-000000000001","image":"ubuntu-26.4","layout":{"id":"default","name":"","description":"EFI, root and varlib on one disk","filesystems":[{"path":"/boot/efi","device":"/dev/sda1","format":"vfat","label":"efi","mountoptions":[],"createoptions":["-F","32"]},{"path":"/","device":"/dev/sda2","format":"ext4","label":"root","mountoptions":[],"createoptions":[]},{"path":"/var/lib","device":"/dev/sda3","format":"ext4","label":"varlib","mountoptions":[],"createoptions":[]}],"disks":[{"device":"/dev/sda","partitions":[{"number":1,"label":"efi","size":500,"gpttype":"ef00"},{"number":2,"label":"root","size":5000,"gpttype":"8300"},{"number":3,"label":"varlib","size":0,"gpttype":"8300"}],"wipeonreinstall":true}],"raid":[],"volumegroups":[],"logicalvolumes":[],"constraints":{"sizes":["v1-small-x86"],"images":{"debian":"*","firewall-ubuntu":"*","ubuntu":"*"}}},"networks":[{"network":"a84317b5-5a56-451d-9e1c-183dfaea6969","prefixes":["10.0.0.0/22","2001:db8:0:10::/96"],"destination_prefixes":[],"ips":["10.0.0.1","2001:db8:0:10::1"],"vrf":1,"asn":4210000001,"nat":false,"private":true,"private_primary":true,"shared":false,"underlay":false,"project":"00000000-0000-0000-0000-000000000001","network_type":"child"}],"hostname":"installed","ssh_pub_keys":["k"],"user_data":"","reinstall":true,"boot_info":{"image_id":"ubuntu-26.4","primary_disk":"/dev/sda","os_partition":"/dev/sda1","initrd":"i","cmdline":"c","kernel":"k","bootloader_id":"b"},"installed":true,"role":"machine","vpn":null,"firewall_rules":null,"dns_servers":[],"ntp_servers":[],"console_password":"c"},"orders":[{"id":"1f7bf214-2e92-4ba7-a973-b07bcea1c88e","action":"REINSTALL","issued":"2026-11-30T10:52:40.113Z","tries":0,"allocation":"f8e7fcf2-4321-4985-aeab-d450aeeb4494"},{"id":"366d3139-f2c4-4179-aef9-0bd631a125af","action":"ON","issued":"2026-11-30T10:52:40.17Z","tries":0,"allocation":null},{"id":"b4a237f5-d15b-4506-b1a1-5d7d5994e117","action":"CYCLE","issued":"2026-11-30T10:52:40.173Z","tries":0,"allocation":null},{"id":"2ef70c53-0984-46b7-92b1-2ee53ca308a4","action":"BIOS","issued":"2026-11-30T10:52:40.178Z","tries":0,"allocation":null},{"id":"24aefa97-e19e-4eca-8c16-e92a6b76d459","action":"LED-ON","issued":"2026-11-30T10:52:40.181Z","tries":0,"allocation":null}],"expectation":{"awaits":"reinstallation","reason":"it is to be installed again, its network boot must come","since":"2026-11-30T10:52:40.173Z","deadline":"2026-11-30T11:02:40.173Z","then":"it is told again to install itself anew","next_try":"2026-11-30T11:02:40.173Z","tries":0}}');
INSERT INTO public.machine VALUES ('mini-lab', '00000000-0000-0000-0000-0000000000a0', 1796035960104005, '', 'mini-lab', '{"id":"00000000-0000-0000-0000-0000000000a0","created":"2026-11-30T10:52:40.104Z","changed":"2026-11-30T10:52:40.136Z","partition":"mini-lab","size":"v1-small-x86","rack":"rack","waiting":true,"wiped":true,"hardware":{"memory_bytes":2147483648,"disks":[{"name":"/dev/sda","size_bytes":10737418240}],"cpus":[{"vendor":"v","model":"m","cores":1,"threads":1}],"gpus":[{"vendor":"v","model":"m"}],"nics":[{"mac":"02:00:00:00:00:01","name":"eth1","identifier":"i","hostname":"h","neighbors":[{"mac":"02:00:00:00:01:00","name":"Ethernet0","identifier":"Eth0","hostname":"leaf01","neighbors":[]}]},{"mac":"02:00:00:00:00:02","name":"eth2","identifier":"i","hostname":"h","neighbors":[{"mac":"02:00:00:00:01:00","name":"Ethernet0","identifier":"Eth0","hostname":"leaf02","neighbors":[]}]}]},"state":{"value":"","description":"","issuer":"","metal_hammer_version":"v1"},"led":{"value":"LED-ON","description":""},"tags":[],"ipmi":{"address":"10.0.0.1:623","mac":"02:00:00:00:00:09","user":"metal","password":"secret","interface":"lanplus","fru":{"chassis_part_number":"a","chassis_part_serial":"b","board_mfg":"c","board_mfg_serial":"d","board_part_number":"e","product_manufacturer":"f","product_part_number":"g","product_serial":"h"},"bmc_version":"1","power_state":"ON","power_metric":{"averageconsumedwatts":1.5,"intervalinmin":1.5,"maxconsumedwatts":1.5,"minconsumedwatts":1.5},"power_supplies":[{"health":"OK","state":"E"}],"last_updated":"2026-11-30T10:52:40.136Z"},"bios":{"version":"1","vendor":"v","date":"2026"},"allocation":null,"orders":[],"expectation":null}');
INSERT INTO public.namespace VALUES ('mini-lab', 'golden', 1796035960194000, '', '', '{"name":"golden","created":"2026-11-30T10:52:40.194Z","load":null}');
INSERT INTO public.network VALUES ('mini-lab', 'internet-mini-lab', 1796035959913000, '', '', '{"id":"internet-mini-lab","name":"Virtual Internet Network","description":"Virtual Internet Network for mini-lab","created":"2026-11-30T10:52:39.913Z","changed":"2026-11-30T10:52:39.913Z","partition":"mini-lab","project":"","labels":{"network.metal-stack.io/default":"","network.metal-stack.io/default-external":""},"shared":false,"prefixes":["203.0.113.128/25","2001:db8:0:113::/64"],"destination_prefixes":["0.0.0.0/0","::/0"],"default_child_prefix_length":{},"nat":true,"private_super":false,"underlay":false,"vrf":104009,"parent":null,"additional_announcable_cidrs":[],"network_type":"external"}');
INSERT INTO public.network VALUES ('mini-lab', 'underlay-mini-lab', 1796035959917000, '', '', '{"id":"underlay-mini-lab","name":"Underlay Network","description":"Underlay Network for mini-lab","created":"2026-11-30T10:52:39.917Z","changed":"2026-11-30T10:52:39.917Z","partition":"mini-lab","project":"","labels":{},"shared":false,"prefixes":["10.1.0.0/24"],"destination_prefixes":[],"default_child_prefix_length":{},"nat":false,"private_super":false,"underlay":true,"vrf":0,"parent":null,"additional_announcable_cidrs":[],"network_type":"underlay"}');
INSERT INTO public.network VALUES ('mini-lab', 'a84317b5-5a56-451d-9e1c-183dfaea6969', 1796035959975000, '00000000-0000-0000-0000-000000000001', 'tenant-super-network-mini-lab', '{"id":"a84317b5-5a56-451d-9e1c-183dfaea6969","name":"ours","description":"","created":"2026-11-30T10:52:39.975Z","changed":"2026-11-30T10:52:39.975Z","partition":"mini-lab","project":"00000000-0000-0000-0000-000000000001","labels":{},"shared":false,"prefixes":["10.0.0.0/22","2001:db8:0:10::/96"],"destination_prefixes":[],"default_child_prefix_length":null,"nat":false,"private_super":false,"underlay":false,"vrf":1,"parent":"tenant-super-network-mini-lab","additional_announcable_cidrs":[],"network_type":"child"}');
INSERT INTO public.network VALUES ('mini-lab', 'tenant-super-network-mini-lab', 1796035959910004, '', '', '{"id":"tenant-super-network-mini-lab","name":"Project Super Network","description":"Super network of all project networks","created":"2026-11-30T10:52:39.91Z","changed":"2026-11-30T10:52:39.91Z","partition":"mini-lab","project":"","labels":{},"shared":false,"prefixes":["10.0.0.0/16","2001:db8:0:10::/64"],"destination_prefixes":[],"default_child_prefix_length":{"IPv4":22,"IPv6":96},"nat":false,"private_super":true,"underlay":false,"vrf":0,"parent":null,"additional_announcable_cidrs":["10.240.0.0/12"],"network_type":"super"}');
INSERT INTO public.network VALUES ('mini-lab', 'hostile', 1796035960052001, '00000000-0000-0000-0000-000000000001', '', '{"id":"hostile","name":"n","description":"d","created":"2026-11-30T10:52:40.052Z","changed":"2026-11-30T10:52:40.055Z","partition":"elsewhere","project":"00000000-0000-0000-0000-000000000001","labels":{"a":"b"},"shared":false,"prefixes":["10.112.0.0/16"],"destination_prefixes":["10.8.0.0/16"],"default_child_prefix_length":{"IPv4":22},"nat":false,"private_super":true,"underlay":false,"vrf":7,"parent":null,"additional_announcable_cidrs":["10.0.0.0/8"],"network_type":"super"}');
INSERT INTO public.network VALUES ('mini-lab', '9e62b603-1ff3-4c94-a53e-c03bf0db1dbb', 1796035960079000, '00000000-0000-0000-0000-000000000001', 'tenant-super-network-mini-lab', '{"id":"9e62b603-1ff3-4c94-a53e-c03bf0db1dbb","name":"a","description":"d","created":"2026-11-30T10:52:40.079Z","changed":"2026-11-30T10:52:40.079Z","partition":"mini-lab","project":"00000000-0000-0000-0000-000000000001","labels":{"a":"b"},"shared":true,"prefixes":["10.0.4.0/28"],"destination_prefixes":["0.0.0.0/0"],"default_child_prefix_length":null,"nat":true,"private_super":false,"underlay":false,"vrf":2,"parent":"tenant-super-network-mini-lab","additional_announcable_cidrs":[],"network_type":"child-shared"}');
INSERT INTO public.network VALUES ('mini-lab', 'wide', 1796035959973001, '', '', '{"id":"wide","name":"","description":"","created":"2026-11-30T10:52:39.973Z","changed":"2026-11-30T10:52:40.154Z","partition":"","project":"","labels":{},"shared":false,"prefixes":["10.64.0.0/12"],"destination_prefixes":["0.0.0.0/0"],"default_child_prefix_length":{},"nat":false,"private_super":false,"underlay":false,"vrf":8,"parent":null,"additional_announcable_cidrs":[],"network_type":"external"}');
INSERT INTO public.partition VALUES ('mini-lab', 'mini-lab', 1796035959894000, '', '', '{"id":"mini-lab","name":"mini-lab","description":"The mini-lab example partition","created":"2026-11-30T10:52:39.894Z","changed":"2026-11-30T10:52:39.894Z","mgmt_service_address":"","labels":{},"boot_config":{"image_url":"https://images.metal-stack.io/metal-hammer/stable/metal-hammer-initrd.img.lz4","kernel_url":"https://images.metal-stack.io/metal-kernel/stable/metal-kernel","command_line":"console=ttyS0,115200n8 ip=dhcp carrier_timeout=10"},"dns_servers":[],"ntp_servers":[]}');
INSERT INTO public.partition VALUES ('mini-lab', 'elsewhere', 1796035959970000, '', '', '{"id":"elsewhere","name":"","description":"","created":"2026-11-30T10:52:39.97Z","changed":"2026-11-30T10:52:39.97Z","mgmt_service_address":"","labels":{},"boot_config":{"image_url":"","kernel_url":"","command_line":""},"dns_servers":[],"ntp_servers":[]}');
INSERT INTO public.partition VALUES ('mini-lab', 'hostile', 1796035960058001, '', '', '{"id":"hostile","name":"n","description":"d","created":"2026-11-30T10:52:40.058Z","changed":"2026-11-30T10:52:40.06Z","mgmt_service_address":"1.1.1.1:1","labels":{"a":"b"},"boot_config":{"image_url":"http://i","kernel_url":"http://k","command_line":"q"},"dns_servers":["1.1.1.1"],"ntp_servers":["a.b"]}');
INSERT INTO public.partition_epoch VALUES ('mini-lab', 1, NULL, 0);
INSERT INTO public.prefix VALUES ('mini-lab', '10.1.0.0/16@golden', 1796035960200000, 'golden', '', '{}', '10.1.0.0/16', NULL, 0, 1796035960200000);
INSERT INTO public.prefix VALUES ('mini-lab', '10.0.0.0/16@golden', 1796035960197001, 'golden', '', '{}', '10.0.0.0/16', NULL, 1, 1796035960197000);
INSERT INTO public.prefix VALUES ('mini-lab', '10.0.0.0/24@golden', 1796035960202000, 'golden', '10.0.0.0/16@golden', '{}', '10.0.0.0/24', '10.0.0.0/16', 0, 1796035960202000);
INSERT INTO public.prefix VALUES ('mini-lab', '10.2.0.0/16@root', 1796035960210000, 'root', '', '{}', '10.2.0.0/16', NULL, 0, 1796035960210000);
INSERT INTO public.prefix_address VALUES ('mini-lab', '10.1.0.1@golden', 1796035960205000, 'golden', '10.1.0.0/16@golden', '{}', '10.1.0.0/16', '10.1.0.1', 1796035960205000);
INSERT INTO public.prefix_address VALUES ('mini-lab', '10.1.7.7@golden', 1796035960207000, 'golden', '10.1.0.0/16@golden', '{}', '10.1.0.0/16', '10.1.7.7', 1796035960207000);
INSERT INTO public.prefix_address VALUES ('mini-lab', '10.2.0.1@root', 1796035960211000, 'root', '10.2.0.0/16@root', '{}', '10.2.0.0/16', '10.2.0.1', 1796035960211000);
INSERT INTO public.project VALUES ('mini-lab', '00000000-0000-0000-0000-000000000000', 1796035959888000, 'metal-stack', '', '{"meta":{"id":"00000000-0000-0000-0000-000000000000","kind":"Project","apiversion":"v1","created_time":"2026-11-30T10:52:39.888Z"},"name":"provider-project","description":"project of the provider, owner of the reserved addresses","tenant_id":"metal-stack"}');
INSERT INTO public.project VALUES ('mini-lab', '00000000-0000-0000-0000-000000000001', 1796035959891000, 'metal-stack', '', '{"meta":{"id":"00000000-0000-0000-0000-000000000001","kind":"Project","apiversion":"v1","created_time":"2026-11-30T10:52:39.891Z"},"name":"sample-project","description":"Sample project with static id","tenant_id":"metal-stack"}');
INSERT INTO public.project VALUES ('mini-lab', 'hostile', 1796035960063001, 'metal-stack', '', '{"meta":{"id":"hostile","kind":"Project","apiversion":"v1","version":1,"created_time":"2026-11-30T10:52:40.063Z","updated_time":"2026-11-30T10:52:40.066Z","annotations":{"a":"b"},"labels":["l"]},"name":"n","description":"d","tenant_id":"metal-stack","quotas":{"cluster":{"used":0,"quota":100000},"machine":{"used":0,"quota":100000},"ip":{"used":0,"quota":100000},"project":{"used":0,"quota":100000}}}');
INSERT INTO public.schema_version VALUES (1, '0001_tenant', 1796035959725987);
INSERT INTO public.schema_version VALUES (2, '0002_project', 1796035959729737);
INSERT INTO public.schema_version VALUES (3, '0003_partition', 1796035959732898);
INSERT INTO public.schema_version VALUES (4, '0004_size', 1796035959735997);
INSERT INTO public.schema_version VALUES (5, '0005_image', 1796035959739649);
INSERT INTO public.schema_version VALUES (6, '0006_layout', 1796035959743064);
INSERT INTO public.schema_version VALUES (7, '0007_network', 1796035959746160);
INSERT INTO public.schema_version VALUES (8, '0008_address', 1796035959749417);
INSERT INTO public.schema_version VALUES (9, '0009_claim', 1796035959752518);
INSERT INTO public.schema_version VALUES (10, '0010_switch', 1796035959755762);
INSERT INTO public.schema_version VALUES (11, '0011_switch_status', 1796035959758984);
INSERT INTO public.schema_version VALUES (12, '0012_machine', 1796035959762124);
INSERT INTO public.schema_version VALUES (13, '0013_events', 1796035959765138);
INSERT INTO public.schema_version VALUES (14, '0014_inbox', 1796035959768292);
INSERT INTO public.schema_version VALUES (15, '0015_inbox_at', 1796035959771570);
INSERT INTO public.schema_version VALUES (16, '0016_network_owner', 1796035959773224);
INSERT INTO public.schema_version VALUES (17, '0017_address_owner', 1796035959775004);
INSERT INTO public.schema_version VALUES (18, '0018_claim_owner', 1796035959776651);
INSERT INTO public.schema_version VALUES (19, '0019_machine_owner', 1796035959778410);
INSERT INTO public.schema_version VALUES (20, '0020_network_parent', 1796035959780065);
INSERT INTO public.schema_version VALUES (21, '0021_address_parent', 1796035959781948);
INSERT INTO public.schema_version VALUES (22, '0022_address_rest', 1796035959783758);
INSERT INTO public.schema_version VALUES (23, '0023_address_history', 1796035959787448);
INSERT INTO public.schema_version VALUES (24, '0024_namespace', 1796035959791050);
INSERT INTO public.schema_version VALUES (25, '0025_prefix', 1796035959794454);
INSERT INTO public.schema_version VALUES (26, '0026_prefix_address', 1796035959797824);
INSERT INTO public.schema_version VALUES (27, '0027_partition_epoch', 1796035959801200);
INSERT INTO public.schema_version VALUES (28, '0028_address_columns', 1796035959804494);
INSERT INTO public.schema_version VALUES (29, '0029_address_rest_columns', 1796035959807970);
INSERT INTO public.schema_version VALUES (30, '0030_address_history_columns', 1796035959810249);
INSERT INTO public.schema_version VALUES (31, '0031_prefix_columns', 1796035959813243);
INSERT INTO public.schema_version VALUES (32, '0032_prefix_address_columns', 1796035959815057);
INSERT INTO public.schema_version VALUES (33, '0033_address_state', 1796035959816620);
INSERT INTO public.schema_version VALUES (34, '0034_address_history_until', 1796035959819479);
INSERT INTO public.schema_version VALUES (35, '0035_partition_epoch_holder', 1796035959821503);
INSERT INTO public.size VALUES ('mini-lab', 'v1-small-x86', 1796035959896001, '', '', '{"id":"v1-small-x86","name":"v1-small-x86","description":"The Tiny Virtual","created":"2026-11-30T10:52:39.896Z","changed":"2026-11-30T10:52:39.946Z","constraints":[{"type":"cores","min":1,"max":4},{"type":"memory","min":500000000,"max":4000000000},{"type":"storage","min":1000000000,"max":100000000000},{"type":"gpu","min":1,"max":1,"identifier":"*"}],"labels":{}}');
INSERT INTO public.switch VALUES ('mini-lab', 'leaf03', 1796035959942000, '', 'mini-lab', '{"id":"leaf03","name":"leaf03","description":"d","created":"2026-11-30T10:52:39.942Z","changed":"2026-11-30T10:52:39.942Z","partition":"mini-lab","rack":"rack","nics":[{"name":"Ethernet0","mac":"","identifier":"Eth0","vrf":"","state":null,"bgp":null},{"name":"Ethernet1","mac":"","identifier":"Eth1","vrf":"","state":null,"bgp":null},{"name":"Ethernet2","mac":"","identifier":"Eth2","vrf":"","state":null,"bgp":null}],"connections":{},"mode":"","os":{"vendor":"SONiC","version":"4","metal_core_version":"1"},"management_ip":"10.9.0.1","management_user":"admin","console_command":"c"}');
INSERT INTO public.switch VALUES ('mini-lab', 'leaf02', 1796035959940005, '', 'mini-lab', '{"id":"leaf02","name":"leaf02","description":"d","created":"2026-11-30T10:52:39.94Z","changed":"2026-11-30T10:52:40.136Z","partition":"mini-lab","rack":"rack","nics":[{"name":"Ethernet0","mac":"","identifier":"Eth0","vrf":"","state":null,"bgp":null},{"name":"Ethernet1","mac":"","identifier":"Eth1","vrf":"","state":null,"bgp":null},{"name":"Ethernet2","mac":"","identifier":"Eth2","vrf":"","state":null,"bgp":null}],"connections":{"00000000-0000-0000-0000-0000000000a0":[{"nic":{"name":"Ethernet0","mac":"","identifier":"Eth0","vrf":"","state":null,"bgp":null},"machine":"00000000-0000-0000-0000-0000000000a0"}],"00000000-0000-0000-0000-0000000000a1":[{"nic":{"name":"Ethernet1","mac":"","identifier":"Eth1","vrf":"","state":null,"bgp":null},"machine":"00000000-0000-0000-0000-0000000000a1"}],"00000000-0000-0000-0000-0000000000a2":[{"nic":{"name":"Ethernet2","mac":"","identifier":"Eth2","vrf":"","state":null,"bgp":null},"machine":"00000000-0000-0000-0000-0000000000a2"}]},"mode":"","os":{"vendor":"SONiC","version":"4","metal_core_version":"1"},"management_ip":"10.9.0.1","management_user":"admin","console_command":"c"}');
INSERT INTO public.switch VALUES ('mini-lab', 'leaf01', 1796035959936009, '', 'mini-lab', '{"id":"leaf01","name":"leaf01","description":"d","created":"2026-11-30T10:52:39.936Z","changed":"2026-11-30T10:52:40.136Z","partition":"mini-lab","rack":"rack","nics":[{"name":"Ethernet0","mac":"","identifier":"Eth0","vrf":"","state":{"desired":null,"actual":"UP"},"bgp":{"Neighbor":"n","PeerGroup":"p","VrfName":"v","BgpState":"s","BgpTimerUpEstablished":1,"SentPrefixCounter":1,"AcceptedPrefixCounter":1},"ordered":"UP"},{"name":"Ethernet1","mac":"","identifier":"Eth1","vrf":"","state":null,"bgp":null},{"name":"Ethernet2","mac":"","identifier":"Eth2","vrf":"","state":null,"bgp":null}],"connections":{"00000000-0000-0000-0000-0000000000a0":[{"nic":{"name":"Ethernet0","mac":"","identifier":"Eth0","vrf":"","state":null,"bgp":{"Neighbor":"n","PeerGroup":"p","VrfName":"v","BgpState":"s","BgpTimerUpEstablished":1,"SentPrefixCounter":1,"AcceptedPrefixCounter":1}},"machine":"00000000-0000-0000-0000-0000000000a0"}],"00000000-0000-0000-0000-0000000000a1":[{"nic":{"name":"Ethernet1","mac":"","identifier":"Eth1","vrf":"","state":null,"bgp":null},"machine":"00000000-0000-0000-0000-0000000000a1"}],"00000000-0000-0000-0000-0000000000a2":[{"nic":{"name":"Ethernet2","mac":"","identifier":"Eth2","vrf":"","state":null,"bgp":null},"machine":"00000000-0000-0000-0000-0000000000a2"}]},"mode":"operational","os":{"vendor":"SONiC","version":"4","metal_core_version":"1"},"management_ip":"10.9.0.1","management_user":"admin","console_command":"c"}');
INSERT INTO public.switch_status VALUES ('mini-lab', 'leaf01', 1796035960098000, '', '', '{"id":"leaf01","last_sync":null,"last_sync_error":{"time":"2026-11-30T10:52:40.098Z","duration_ns":1,"error":"e"}}');
INSERT INTO public.tenant VALUES ('mini-lab', 'metal-stack', 1796035959884003, '', '', '{"meta":{"id":"metal-stack","kind":"Tenant","apiversion":"v1","created_time":"2026-11-30T10:52:39.884Z"},"name":"metal-stack","description":"metal-stack tenant, which is provider"}');
INSERT INTO public.tenant VALUES ('mini-lab', 'hostile', 1796035960074001, '', '', '{"meta":{"id":"hostile","kind":"Tenant","apiversion":"v1","version":1,"created_time":"2026-11-30T10:52:40.074Z","updated_time":"2026-11-30T10:52:40.076Z","annotations":{"a":"b"},"labels":["l"]},"name":"n","description":"d","default_quotas":{"cluster":{"used":0,"quota":100000},"machine":{"used":0,"quota":100000},"ip":{"used":0,"quota":100000},"project":{"used":0,"quota":100000}},"quotas":{"cluster":{"used":0,"quota":100000},"machine":{"used":0,"quota":100000},"ip":{"used":0,"quota":100000},"project":{"used":0,"quota":100000}},"iam_config":{"issuer_config":{"url":"http://u","client_id":"c"},"idm_config":{"idm_type":"i"}}}');
ALTER TABLE ONLY public.address_history
    ADD CONSTRAINT address_history_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.address
    ADD CONSTRAINT address_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.address_rest
    ADD CONSTRAINT address_rest_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.claim
    ADD CONSTRAINT claim_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.image
    ADD CONSTRAINT image_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (partition, key);
ALTER TABLE ONLY public.layout
    ADD CONSTRAINT layout_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.machine
    ADD CONSTRAINT machine_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.namespace
    ADD CONSTRAINT namespace_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.network
    ADD CONSTRAINT network_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.partition_epoch
    ADD CONSTRAINT partition_epoch_pkey PRIMARY KEY (partition);
ALTER TABLE ONLY public.partition
    ADD CONSTRAINT partition_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.prefix_address
    ADD CONSTRAINT prefix_address_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.prefix
    ADD CONSTRAINT prefix_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.project
    ADD CONSTRAINT project_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.schema_lock
    ADD CONSTRAINT schema_lock_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.schema_version
    ADD CONSTRAINT schema_version_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.size
    ADD CONSTRAINT size_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.switch
    ADD CONSTRAINT switch_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.switch_status
    ADD CONSTRAINT switch_status_pkey PRIMARY KEY (partition, id);
ALTER TABLE ONLY public.tenant
    ADD CONSTRAINT tenant_pkey PRIMARY KEY (partition, id);
CREATE INDEX address_history_until ON public.address_history USING btree (partition, until_us);
CREATE INDEX address_owner ON public.address USING btree (partition, owner) WHERE (owner <> ''::text);
CREATE INDEX address_parent ON public.address USING btree (partition, parent) WHERE (parent <> ''::text);
CREATE INDEX claim_owner ON public.claim USING btree (partition, owner) WHERE (owner <> ''::text);
CREATE INDEX inbox_at ON public.inbox USING btree (partition, at_us);
CREATE INDEX machine_owner ON public.machine USING btree (partition, owner) WHERE (owner <> ''::text);
CREATE INDEX network_owner ON public.network USING btree (partition, owner) WHERE (owner <> ''::text);
CREATE INDEX network_parent ON public.network USING btree (partition, parent) WHERE (parent <> ''::text);
