//! What belongs to a scope's org node.

use std::collections::HashSet;

use super::facts::Facts;
use crate::domain::DeptId;
use crate::engine::request::Scope;
use crate::engine::{Engine, StaffSet};

/// Departments of the scope's org node: itself and all below.
pub(super) fn departments(facts: &Facts, scope: &Scope) -> Option<HashSet<DeptId>> {
    scope.org.map(|node| facts.org.descendants(node).collect())
}

/// Their staff, by the engine's codes.
pub(super) fn staff_of(
    engine: &Engine,
    facts: &Facts,
    departments: Option<&HashSet<DeptId>>,
) -> Option<StaffSet> {
    let inside = departments?;
    let members = facts
        .staff
        .iter()
        .filter(|s| s.dept.is_some_and(|d| inside.contains(&d)));
    Some(engine.staff_set(members.map(|s| &s.id)))
}
