//! Enums whose variants are event types.
//!
//! serde's derived code passes the list of variant names to `deserialize_enum`. The type alone therefore
//! tells which listeners to register. An event deserialises with its type as the variant and its data as the
//! content.

use core::fmt;
use core::marker::PhantomData;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::undecodable;
use everstream_core::Error;
use everstream_core::parse::Event;

/// The event types of an enum.
#[derive(Debug)]
pub(crate) struct Variants<E> {
    names: &'static [&'static str],
    /// Whether a variant with `#[serde(other)]` receives the types that no other variant names.
    catches_others: bool,
    of: PhantomData<fn() -> E>,
}

impl<E: DeserializeOwned> Variants<E> {
    /// Reads the variants from the type. Fails unless the type is an externally tagged enum, serde's default.
    pub(crate) fn of_type() -> Result<Self, Error> {
        let mut names = None;
        // The probe always fails, after it has seen the list.
        let _ = E::deserialize(Probe(&mut names));
        let Some(names) = names else {
            return Err(Error::invalid_option(
                "events",
                format!(
                    "`{}` must be an enum with serde's default (external) tagging, whose variants are the event types",
                    core::any::type_name::<E>()
                ),
            ));
        };
        // An event type can't contain a line feed, so only a catch-all accepts this one.
        let unheard_of = Event {
            event_type: "\n",
            data: "null",
            last_event_id: "",
        };
        let catches_others = E::deserialize(EventDeserializer(&unheard_of)).is_ok();
        Ok(Self {
            names,
            catches_others,
            of: PhantomData,
        })
    }

    pub(crate) fn names(&self) -> &'static [&'static str] {
        self.names
    }

    pub(crate) fn catches_others(&self) -> bool {
        self.catches_others
    }
}

/// Deserialises an event into the variant named by its type.
pub(crate) fn from_event<E: DeserializeOwned>(event: &Event<'_>) -> Result<E, Error> {
    E::deserialize(EventDeserializer(event)).map_err(|error| undecodable(event, error))
}

/// Records the variants and returns no value.
struct Probe<'n>(&'n mut Option<&'static [&'static str]>);

/// The error by which the probe stops.
#[derive(Debug)]
struct Seen;

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the variants have been seen")
    }
}

impl core::error::Error for Seen {}

impl de::Error for Seen {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Seen;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Seen> {
        Err(Seen)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Seen> {
        *self.0 = Some(variants);
        Err(Seen)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// An event, as an enum in serde's data model.
struct EventDeserializer<'e>(&'e Event<'e>);

impl<'de> Deserializer<'de> for EventDeserializer<'de> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("an event is a variant of an enum"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for EventDeserializer<'de> {
    type Error = serde_json::Error;
    type Variant = Data<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Data<'de>), Self::Error> {
        let variant = seed.deserialize(StrDeserializer::new(self.0.event_type))?;
        Ok((variant, Data(self.0.data)))
    }
}

/// The variant's content: JSON, except that a unit variant asks for none.
struct Data<'e>(&'e str);

impl<'e> Data<'e> {
    /// Reads one JSON value that is all of the text.
    fn read<T>(
        self,
        read: impl FnOnce(
            &mut serde_json::Deserializer<serde_json::de::StrRead<'e>>,
        ) -> Result<T, serde_json::Error>,
    ) -> Result<T, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_str(self.0);
        let value = read(&mut json)?;
        json.end()?;
        Ok(value)
    }
}

impl<'de> VariantAccess<'de> for Data<'de> {
    type Error = serde_json::Error;

    fn unit_variant(self) -> Result<(), Self::Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, Self::Error> {
        self.read(|json| seed.deserialize(json))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.read(|json| json.deserialize_tuple(length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.read(|json| json.deserialize_struct("", fields, visitor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Feed {
        PriceUpdate {
            symbol: String,
            price: f64,
        },
        Alert(String),
        Range(u8, u8),
        #[serde(rename = "done")]
        Finished,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    enum Open {
        Known(u32),
        #[serde(other)]
        Unknown,
    }

    #[derive(serde::Deserialize)]
    #[allow(dead_code)]
    struct NotAnEnum {
        a: u8,
    }

    #[derive(serde::Deserialize)]
    #[serde(tag = "type")]
    #[allow(dead_code)]
    enum InternallyTagged {
        A { a: u8 },
    }

    fn event<'a>(event_type: &'a str, data: &'a str) -> Event<'a> {
        Event {
            event_type,
            data,
            last_event_id: "7",
        }
    }

    fn feed(event_type: &str, data: &str) -> Result<Feed, Error> {
        from_event(&event(event_type, data))
    }

    #[test]
    fn the_type_alone_names_its_events() {
        let variants = Variants::<Feed>::of_type().expect("an enum");
        assert_eq!(variants.names(), ["priceUpdate", "alert", "range", "done"]);
        assert!(!variants.catches_others());
        assert!(
            Variants::<Open>::of_type()
                .expect("an enum")
                .catches_others()
        );
    }

    #[test]
    fn what_is_no_enum_is_refused() {
        assert!(Variants::<NotAnEnum>::of_type().is_err());
        assert!(Variants::<InternallyTagged>::of_type().is_err());
        assert!(Variants::<u32>::of_type().is_err());
    }

    #[test]
    fn every_kind_of_variant() {
        let price = feed("priceUpdate", r#"{"symbol":"ACME","price":1.5}"#);
        assert_eq!(
            price.expect("a price"),
            Feed::PriceUpdate {
                symbol: "ACME".to_owned(),
                price: 1.5
            }
        );
        assert_eq!(
            feed("alert", r#""hot""#).expect("an alert"),
            Feed::Alert("hot".to_owned())
        );
        assert_eq!(feed("range", "[1, 2]").expect("a range"), Feed::Range(1, 2));
        assert_eq!(feed("done", "").expect("the end"), Feed::Finished);
    }

    #[test]
    fn a_catch_all_takes_the_rest() {
        let unknown: Open = from_event(&event("else", "not json")).expect("the catch-all");
        assert_eq!(unknown, Open::Unknown);
    }

    #[test]
    fn a_bad_payload_keeps_all_that_was_received() {
        let Err(Error::Decode(error)) = feed("alert", "{\"a\":1") else {
            panic!("a decode error")
        };
        assert_eq!(error.event_type, "alert");
        assert_eq!(error.last_event_id, "7");
        assert_eq!(error.data, "{\"a\":1");
        assert!(feed("alert", r#""hot" and more"#).is_err());
    }
}
