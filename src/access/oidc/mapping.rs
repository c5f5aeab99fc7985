//! Which claims give which roles: `TINTUC_OIDC_ROLES`. Pure.

use std::str::FromStr;

use serde_json::Value;

use crate::access::people::RoleAt;

/// The rules, in the order in which they were written.
#[derive(Clone, Debug, Default)]
pub struct Mapping(Vec<Rule>);

/// Whoever has this value in this claim has this role.
#[derive(Clone, Debug)]
struct Rule {
    claim: String,
    value: String,
    role: RoleAt,
}

impl FromStr for Mapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rules = text.split(';').map(str::trim).filter(|rule| !rule.is_empty());
        rules.map(str::parse::<Rule>).collect::<Result<Vec<_>, _>>().map(Self)
    }
}

impl FromStr for Rule {
    type Err = String;

    /// Values may hold colons and equals signs: names of groups do.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once(':').and_then(|(claim, rest)| Some((claim.trim(), rest.rsplit_once('=')?)));
        let Some((claim, (value, role))) = parts.filter(|(claim, (value, _))| !claim.is_empty() && !value.is_empty())
        else {
            return Err(format!("`{text}` should be claim:value=role or claim:value=role@category"));
        };
        let role = role.trim().parse::<RoleAt>().map_err(|error| format!("`{text}`: {error}"))?;
        Ok(Self { claim: claim.to_owned(), value: value.trim().to_owned(), role })
    }
}

impl Mapping {
    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The roles that these claims give.
    pub fn roles(&self, claims: &Value) -> Vec<&RoleAt> {
        self.0
            .iter()
            .filter(|rule| claim(claims, &rule.claim).is_some_and(|found| holds(found, &rule.value)))
            .map(|rule| &rule.role)
            .collect()
    }
}

/// The claim of this name, or what `a.b` leads to where there is none.
fn claim<'a>(claims: &'a Value, name: &str) -> Option<&'a Value> {
    let whole = claims.get(name);
    whole.or_else(|| name.split_once('.').and_then(|(first, rest)| claim(claims.get(first)?, rest)))
}

fn holds(found: &Value, value: &str) -> bool {
    match found {
        Value::String(text) => text == value,
        Value::Array(items) => items.iter().any(|item| item.as_str() == Some(value)),
        Value::Bool(yes) => yes.to_string() == value,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn roles(rules: &str, claims: &Value) -> Vec<String> {
        let mapping: Mapping = rules.parse().expect("rules");
        let words = |role: &RoleAt| match &role.category {
            None => role.role.to_string(),
            Some(category) => format!("{}@{category}", role.role),
        };
        mapping.roles(claims).into_iter().map(words).collect()
    }

    #[test]
    fn each_rule_whose_value_is_in_its_claim_gives_its_role() {
        let rules = "groups:bientap=editor; groups:lanhdao=approver@van-hoa;dept:toa-soan=author;staff:true=accountant";
        assert_eq!(roles(rules, &json!({ "groups": ["lanhdao", "bientap"] })), ["editor", "approver@van-hoa"]);
        assert_eq!(roles(rules, &json!({ "dept": "toa-soan", "staff": true })), ["author", "accountant"]);
        for nothing in
            [json!({}), json!({ "groups": "bien" }), json!({ "groups": [["bientap"]] }), json!({ "groups": null })]
        {
            assert_eq!(roles(rules, &nothing), Vec::<String>::new(), "{nothing}");
        }
    }

    #[test]
    fn a_value_may_be_a_path_and_a_claim_lie_in_another() {
        let claims = json!({ "realm_access": { "roles": ["/so:ban=1/x"] }, "a.b": "c" });
        assert_eq!(roles("realm_access.roles:/so:ban=1/x=author;a.b:c=editor", &claims), ["author", "editor"]);
    }

    #[test]
    fn what_is_no_rule_is_named() {
        for rule in ["groups", "groups:a", ":a=editor", "groups:=editor", "groups:a=chief"] {
            let error = format!("a:b=editor;{rule}").parse::<Mapping>().expect_err(rule);
            assert!(error.contains(rule), "{error}");
        }
        assert!("".parse::<Mapping>().is_ok_and(|mapping| mapping.is_empty()));
    }
}
