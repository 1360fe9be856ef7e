use super::*;
use crate::frame::{Decoder, Read};
use std::time::Duration;

const CREDIT: Credit = Credit { requests: 2, bytes: 1000 };

fn sent(outbox: &mut Outbox, now: Instant) -> Vec<Frame> {
    let (mut buffer, mut decoder) = (BytesMut::new(), Decoder::default());
    while outbox.batch(now, &mut buffer) {}
    decoder.push(&buffer);
    std::iter::from_fn(|| decoder.next().unwrap())
        .map(|read| match read {
            Read::Frame(frame) => frame,
            Read::Unreadable => panic!("unreadable"),
        })
        .collect()
}

fn ids(frames: &[Frame]) -> Vec<u64> {
    frames.iter().map(|frame| frame.header.id).collect()
}

fn reply(id: u64, more: bool, body: &'static [u8]) -> Frame {
    Frame {
        header: Header { id, kind: frame::REPLY, more, ..Header::default() },
        body: Bytes::from_static(body),
    }
}

fn offer(outbox: &mut Outbox, bytes: usize) -> (u64, oneshot::Receiver<Outcome>) {
    outbox.offer(Bytes::from(vec![7; bytes]), Instant::now() + Duration::from_secs(5)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn requests_wait_in_order_for_credit() {
    let now = Instant::now();
    let mut outbox = Outbox::new(CREDIT);
    let mut callers: Vec<_> = [10, 10, 10, 995, 10].map(|bytes| offer(&mut outbox, bytes).1).into();
    assert_eq!(ids(&sent(&mut outbox, now)), [0, 1]);
    assert!(outbox.take_in(reply(0, false, b"zero")));
    assert_eq!(callers[0].try_recv(), Ok(Ok(Bytes::from_static(b"zero"))));
    assert_eq!(ids(&sent(&mut outbox, now)), [2]);
    assert!(outbox.take_in(reply(2, false, b"")));
    assert!(sent(&mut outbox, now).is_empty(), "number 3 has too many bytes, and none may overtake it");
    assert!(outbox.take_in(reply(1, false, b"")));
    assert_eq!(ids(&sent(&mut outbox, now)), [3]);
    assert!(outbox.take_in(reply(3, false, b"")));
    assert_eq!(ids(&sent(&mut outbox, now)), [4]);
    assert!(!outbox.take_in(reply(1, false, b"")), "a second reply");
    assert!(!outbox.take_in(reply(99, false, b"")));
}

#[tokio::test(start_paused = true)]
async fn time_in_the_queue_shortens_what_remains() {
    let now = Instant::now();
    let mut outbox = Outbox::new(CREDIT);
    let mut late = outbox.offer(Bytes::new(), now + Duration::from_millis(300)).unwrap().1;
    let first = outbox.offer(Bytes::new(), now + Duration::from_millis(1500)).unwrap().1;
    let frames = sent(&mut outbox, now + Duration::from_millis(400));
    assert_eq!(ids(&frames), [1]);
    assert_eq!(frames[0].header.remaining_ms, 1100);
    assert!(matches!(late.try_recv(), Ok(Err(CallFault::NotSent(_)))));
    drop(first);
}

#[tokio::test(start_paused = true)]
async fn large_messages_travel_in_parts() {
    let now = Instant::now();
    let mut outbox = Outbox::new(CREDIT);
    let (id, mut caller) = offer(&mut outbox, 2 * BODY_BYTES_MAX + 5);
    let (_, small) = offer(&mut outbox, 1);
    let frames = sent(&mut outbox, now);
    assert_eq!(ids(&frames), [0, 0, 0], "with nothing else running, one may be larger than the credit");
    let more: Vec<bool> = frames.iter().map(|frame| frame.header.more).collect();
    assert_eq!(more, [true, true, false]);
    assert!(outbox.take_in(reply(id, true, b"ab")) && outbox.take_in(reply(id, false, b"c")));
    assert_eq!(caller.try_recv(), Ok(Ok(Bytes::from_static(b"abc"))));
    assert_eq!(outbox.assembled_bytes, 0);
    drop(small);
}

#[tokio::test(start_paused = true)]
async fn only_what_never_left_is_not_sent() {
    let now = Instant::now();
    let lost =
        |caller: &mut oneshot::Receiver<Outcome>| matches!(caller.try_recv(), Ok(Err(CallFault::Lost(_))));
    let unsent =
        |caller: &mut oneshot::Receiver<Outcome>| matches!(caller.try_recv(), Ok(Err(CallFault::NotSent(_))));
    let mut outbox = Outbox::new(CREDIT);
    let (first, mut one) = offer(&mut outbox, 1);
    let mut two = offer(&mut outbox, 1).1;
    sent(&mut outbox, now);
    let (third, mut three) = offer(&mut outbox, 1);
    let mut four = offer(&mut outbox, 1).1;
    assert!(!outbox.withdraw(first), "it was sent");
    assert!(outbox.withdraw(third) && !outbox.withdraw(third));
    assert!(three.try_recv().is_err());
    outbox.seal("stopping");
    assert!(four.try_recv().is_err(), "it may still be sent");
    assert!(
        matches!(outbox.offer(Bytes::new(), now), Err(CallFault::NotSent(reason)) if reason == "stopping")
    );
    let refusal = Header::refused(1, "full\x1b[31m");
    assert!(outbox.take_in(Frame { header: refusal, body: Bytes::new() }));
    assert_eq!(two.try_recv(), Ok(Err(CallFault::Refused("full[31m".to_owned()))));
    assert!(!outbox.is_idle());
    outbox.close("gone");
    assert!(lost(&mut one) && unsent(&mut four));
    assert!(outbox.is_idle());
    assert_eq!((outbox.used, outbox.queued_bytes), (Credit::default(), 0));
}

#[tokio::test(start_paused = true)]
async fn everything_is_bounded() {
    let now = Instant::now() + Duration::from_secs(9);
    let mut outbox = Outbox::new(CREDIT);
    let too_large = Bytes::from(vec![0; REQUEST_BYTES_MAX + 1]);
    assert!(matches!(outbox.offer(too_large, now), Err(CallFault::TooLarge { .. })));
    let large = Bytes::from(vec![0; REQUEST_BYTES_MAX]);
    let fit = (0..100).take_while(|_| outbox.offer(large.clone(), now).is_ok()).count();
    assert_eq!(fit, QUEUE_BYTES_MAX / REQUEST_BYTES_MAX);

    let mut outbox = Outbox::new(CREDIT);
    let fit = (0..2 * QUEUE_REQUESTS_MAX).take_while(|_| outbox.offer(Bytes::new(), now).is_ok()).count();
    assert_eq!(fit, QUEUE_REQUESTS_MAX);

    let mut outbox = Outbox::new(CREDIT);
    let mut caller = offer(&mut outbox, 1).1;
    sent(&mut outbox, Instant::now());
    let part: &'static [u8] = &[0; BODY_BYTES_MAX];
    while outbox.take_in(reply(0, true, part)) {}
    assert!(matches!(caller.try_recv(), Ok(Err(CallFault::Lost(reason))) if reason.contains("bytes")));
    assert_eq!(outbox.assembled_bytes, 0);
}
