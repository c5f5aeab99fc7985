//! Of whom a second factor is demanded.

use strum::VariantNames;

use super::{principal::Principal, role::Role};

/// The roles whose holders have to have a second factor: `TINTUC_REQUIRE_TOTP`.
#[derive(Clone, Debug, Default)]
pub struct Demand(Vec<Role>);

impl Demand {
    /// Of those with these roles, by name.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn of(roles: &[String]) -> Result<Self, String> {
        let role = |name: &String| {
            let there_are = || format!("`{name}` is no role; there are {}", Role::VARIANTS.join(", "));
            name.trim().parse().map_err(|_| there_are())
        };
        roles.iter().map(role).collect::<Result<_, _>>().map(Self)
    }

    /// Whether one of them is this person's, wherever it was granted.
    pub fn is_of(&self, who: &Principal) -> bool {
        who.grants.iter().any(|grant| self.0.contains(&grant.role))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_second_factor_is_demanded_by_role() {
        let demand = Demand::of(&["admin".into(), " approver".into()]).expect("roles");
        let with = |role| Principal::with_role(Uuid::now_v7(), role);
        assert!(demand.is_of(&with(Role::Admin)) && demand.is_of(&with(Role::Approver)));
        assert!(!demand.is_of(&with(Role::Author)) && !Demand::default().is_of(&with(Role::Admin)));
        assert!(Demand::of(&["chief".into()]).is_err_and(|error| error.contains("accountant")));
    }
}
