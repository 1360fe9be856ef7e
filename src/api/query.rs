//! Reads query strings: the few parameters of our routes, with the truth values that the contract's clients send.

use super::error::Problem;
use actix_web::web;

/// The parameters of a request, in the order given.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// An unreadable query string has no parameters.
    pub(crate) fn read(text: &str) -> Self {
        if text.is_empty() {
            return Self::default();
        }
        web::Query::<Vec<(String, String)>>::from_query(text)
            .map_or_else(|_| Self::default(), |query| Self(query.0))
    }

    /// The first parameter of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A truth value (api-resources 2.5, check 1); absent and empty are false.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name).unwrap_or_default() {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
            "" | "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
            other => {
                Err(Problem::bad_request(format!("strconv.ParseBool: parsing \"{other}\": invalid syntax")))
            }
        }
    }

    /// A whole number, at most `max`; `default` when absent.
    pub(crate) fn number(&self, name: &str, default: u64, max: u64) -> Result<u64, Problem> {
        let Some(text) = self.get(name) else { return Ok(default) };
        let number: u64 = text
            .parse()
            .map_err(|_| Problem::bad_request(format!("{name} must be a whole number: \"{text}\"")))?;
        Ok(number.min(max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// api-resources 2.5, check 1.
    #[test]
    fn truth_has_twelve_spellings() {
        let flag = |text: &str| Query::read(text).flag("force").map_err(|problem| problem.message);
        for text in ["1", "t", "T", "TRUE", "true", "True"] {
            assert_eq!(flag(&format!("a=b&force={text}")), Ok(true), "{text}");
        }
        for text in ["0", "f", "F", "FALSE", "false", "False", ""] {
            assert_eq!(flag(&format!("force={text}")), Ok(false), "{text}");
        }
        assert_eq!(flag(""), Ok(false));
        assert_eq!(flag("force=x"), Err("strconv.ParseBool: parsing \"x\": invalid syntax".to_owned()));
    }

    #[test]
    fn text_is_decoded() {
        let query = Query::read("description=a+b%2Fc&description=d");
        assert_eq!(query.get("description"), Some("a b/c"));
        assert_eq!(Query::read("%").get("%"), Some(""));
        assert_eq!(Query::read("n=90").number("n", 1, 30).unwrap(), 30);
        assert!(Query::read("n=x").number("n", 1, 30).is_err());
    }
}
