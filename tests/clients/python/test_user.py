"""UserApi."""

import unittest

from metal_python.api import UserApi

import check
import fixture


class UserTest(unittest.TestCase):
    def test_everybody_is_told_who_they_are(self):
        here = fixture.shared()
        for caller, role in ((here.view, "view"), (here.edit, "edit"), (here.admin, "admin")):
            me = caller.call(200, UserApi.get_me)
            check.equal(f"metal-{role}@metal-stack.io", me.e_mail, "e-mail")
            check.equal(f"Metal-{role.capitalize()}", me.name, "name")
            check.equal([f"k8s_kaas-{role}", f"maas-all-all-{role}"], me.groups, "groups")
            check.equal((fixture.TENANT, "", ""), (me.tenant, me.issuer, me.subject), "tenant, issuer and subject")
