//! An operation as the name of a channel: the JSON of a GraphQL request.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::document;

/// A GraphQL request. Fields that are only passed on keep their original text.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation<'a> {
    query: String,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    operation_name: Option<&'a RawValue>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    variables: Option<&'a RawValue>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    extensions: Map<String, Value>,
}

/// Writes the name of a channel.
pub(super) fn name(query: &str, variables: &impl Serialize) -> Result<String, String> {
    let variables = serde_json::value::to_raw_value(variables)
        .map_err(|error| format!("the variables can't be written as JSON: {error}"))?;
    let operation = Operation {
        query: query.to_owned(),
        operation_name: None,
        variables: (variables.get() != "null").then_some(&*variables),
        extensions: Map::new(),
    };
    operation.check()?;
    serde_json::to_string(&operation).map_err(|error| error.to_string())
}

impl<'a> Operation<'a> {
    /// Parses the name of a channel.
    pub(super) fn parse(name: &'a str) -> Result<Self, String> {
        serde_json::from_str(name)
            .map_err(|error| format!("it is not the JSON of a GraphQL request: {error}"))
    }

    /// Returns an error if the operation can't be a channel.
    pub(super) fn check(&self) -> Result<(), String> {
        let is_object = |value: &RawValue| value.get().starts_with('{');
        if !self.variables.is_none_or(is_object) {
            Err("the variables are not a JSON object".to_owned())
        } else if document::has_mutation(&self.query) {
            Err("it has a mutation, which might be done twice; send it by a `POST`".to_owned())
        } else {
            Ok(())
        }
    }

    /// Returns the body of the request that begins the operation.
    pub(super) fn with_id(mut self, id: &str) -> Option<String> {
        self.extensions.insert("operationId".to_owned(), id.into());
        serde_json::to_string(&self).ok()
    }
}
