//! One bad value at a time in an otherwise valid message.

use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, ReflectMessage, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A placeholder for invalid UTF-8 in an encoded message.
const NO_TEXT: &str = "\u{1}no text\u{1}";

/// A message with one bad value.
pub(super) struct Mutant {
    /// The field and the value.
    pub(super) about: String,
    /// The path of field names.
    pub(super) place: Vec<String>,
    pub(super) bytes: Vec<u8>,
    /// The value is a text that hardware might send.
    pub(super) is_spoken: bool,
}

fn texts() -> Vec<String> {
    let plain = [
        "",
        " ",
        "\0",
        "a\0b",
        "a\0\0 ",
        "\u{1b}[31m",
        "\u{202e}\u{1f4a5}",
        "a\r\nb: c",
        "..",
        "a/b",
        "9999-12-31T23:59:59-23:59",
        "10.0.0.0/33",
        "10.0.0.1/8",
        "::/0",
        "fe80::1%eth0",
        "999.1.1.1",
        "root",
        "%s%n",
        "' OR 1=1 --",
        NO_TEXT,
    ];
    plain.map(str::to_owned).into_iter().chain(["x", "\u{e4}"].map(|letter| letter.repeat(70_000))).collect()
}

fn wild(field: &FieldDescriptor) -> Vec<Value> {
    let single = match field.kind() {
        Kind::String => texts().into_iter().map(Value::String).collect(),
        Kind::Bytes => vec![Value::Bytes(vec![0; 70_000].into())],
        Kind::Bool => vec![Value::Bool(true), Value::Bool(false)],
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => [0, -1, i32::MIN, i32::MAX].map(Value::I32).into(),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => [0, -1, i64::MIN, i64::MAX].map(Value::I64).into(),
        Kind::Uint32 | Kind::Fixed32 => [0, 1, 129, 300, u32::MAX].map(Value::U32).into(),
        Kind::Uint64 | Kind::Fixed64 => [0, 1, u64::MAX].map(Value::U64).into(),
        Kind::Message(message) => vec![Value::Message(DynamicMessage::new(message))],
        other => unreachable!("no message of ours has a {other:?}"),
    };
    if field.is_map() {
        return vec![Value::Map(Default::default())];
    }
    if field.is_list() {
        let many = [0, 2, 5_000];
        let lists =
            many.into_iter().filter_map(|count| Some(Value::List(vec![single.first()?.clone(); count])));
        return lists.chain(single.iter().map(|one| Value::List(vec![one.clone()]))).collect();
    }
    single
}

/// All messages that differ from `good` in one value.
pub(super) fn mutants(good: &DynamicMessage) -> Vec<Mutant> {
    let mut found = Vec::new();
    let mut note = |place: &[String], about: String, message: &DynamicMessage, is_spoken| {
        let bytes = without_text(message.encode_to_vec());
        found.push(Mutant { about, place: place.to_vec(), bytes, is_spoken });
    };
    visit(good, &mut Vec::new(), &|message| message.clone(), &mut note);
    found
}

type Note<'a> = &'a mut dyn FnMut(&[String], String, &DynamicMessage, bool);

/// `whole` puts a nested message back into its parent.
fn visit(
    message: &DynamicMessage,
    place: &mut Vec<String>,
    whole: &dyn Fn(&DynamicMessage) -> DynamicMessage,
    note: Note<'_>,
) {
    for field in message.descriptor().fields() {
        place.push(field.name().to_owned());
        let put = |value: Value| {
            let mut changed = message.clone();
            changed.set_field(&field, value);
            changed
        };
        for value in wild(&field) {
            let text = format!("{value:?}").chars().take(60).collect::<String>();
            let is_spoken = matches!(&value, Value::String(text) if text != NO_TEXT);
            note(place, format!("{} = {text}", place.join(".")), &whole(&put(value)), is_spoken);
        }
        match message.get_field(&field).as_ref() {
            Value::Message(inner) => {
                visit(inner, place, &|inner| whole(&put(Value::Message(inner.clone()))), note)
            }
            Value::List(elements) => {
                if let Some(Value::Message(inner)) = elements.first() {
                    let put = |inner: &DynamicMessage| {
                        let mut elements = elements.clone();
                        elements[0] = Value::Message(inner.clone());
                        whole(&put(Value::List(elements)))
                    };
                    visit(inner, place, &put, note);
                }
            }
            Value::Map(entries) => {
                let Some((key, Value::Message(inner))) = entries.iter().next() else { continue };
                for text in texts() {
                    let map = [(MapKey::String(text.clone()), Value::Message(inner.clone()))];
                    let about = format!(
                        "{} has the key {:?}",
                        place.join("."),
                        text.chars().take(40).collect::<String>()
                    );
                    note(place, about, &whole(&put(Value::Map(map.into()))), false);
                }
                let put = |inner: &DynamicMessage| {
                    let map = [(key.clone(), Value::Message(inner.clone()))];
                    whole(&put(Value::Map(map.into())))
                };
                visit(inner, place, &put, note);
            }
            _ => {}
        }
        place.pop();
    }
}

/// Replaces every [`NO_TEXT`] by as many bytes of invalid UTF-8.
fn without_text(mut bytes: Vec<u8>) -> Vec<u8> {
    let mark = NO_TEXT.as_bytes();
    let mut place = 0;
    while place + mark.len() <= bytes.len() {
        if bytes[place..].starts_with(mark) {
            bytes[place..place + mark.len()].fill(0xff);
        }
        place += 1;
    }
    bytes
}

/// For each message type that can be in `good`: the fields that `good` sets, and all fields.
pub(super) fn fields(good: &DynamicMessage) -> [BTreeMap<String, BTreeSet<String>>; 2] {
    let (mut set, mut known) = (BTreeMap::new(), BTreeMap::new());
    collect(good, &mut set, &mut known);
    [set, known]
}

type Fields = BTreeMap<String, BTreeSet<String>>;

fn collect(message: &DynamicMessage, set: &mut Fields, known: &mut Fields) {
    let descriptor = message.descriptor();
    let name = descriptor.full_name().to_owned();
    let all = descriptor.fields().map(|field| field.name().to_owned());
    known.entry(name.clone()).or_default().extend(all);
    let used = set.entry(name).or_default();
    used.extend(
        descriptor.fields().filter(|field| message.has_field(field)).map(|field| field.name().to_owned()),
    );
    for field in descriptor.fields() {
        let values = match message.get_field(&field).into_owned() {
            Value::List(elements) => elements,
            Value::Map(entries) => entries.into_values().collect(),
            value => vec![value],
        };
        for value in values {
            if let Value::Message(inner) = value
                && message.has_field(&field)
            {
                collect(&inner, set, known);
            }
        }
    }
}
