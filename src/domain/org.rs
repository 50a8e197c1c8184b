//! The organisation as a tree that survives any data: cycles, missing parents, twenty thousand levels (no recursion).

use std::collections::{HashMap, HashSet};

use super::{DeptId, SafeText};

/// A row of `department` that is not deleted. The tree may be broken (cycles, missing parents).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    /// Identity.
    pub id: DeptId,
    /// Parent; `None` for a root.
    pub parent: Option<DeptId>,
    /// Name.
    pub name: SafeText,
    /// `hq`, `region`, `province`, `franchisee`, `store`, `team`.
    pub kind: SafeText,
    /// Rank among siblings, bigger first (as in WeCom).
    pub ord: i64,
}

/// An org node for the scope chooser, depth first.
#[derive(Clone, Debug, PartialEq)]
pub struct OrgNode {
    /// Identity.
    pub id: DeptId,
    /// Name.
    pub name: SafeText,
    /// Depth, 0 = root.
    pub depth: u16,
    /// Staff in and below it.
    pub staff: u32,
    /// In a cycle or under a missing parent: listed under "unplaced".
    pub unplaced: bool,
}

/// The tree, laid out depth first: a node's descendants follow it directly.
#[derive(Clone, Debug, Default)]
pub struct OrgTree {
    nodes: Vec<OrgNode>,
    /// Behind the last descendant, per node.
    ends: Vec<usize>,
    at: HashMap<DeptId, usize>,
}

impl OrgTree {
    /// Lays the departments out: roots and their descendants first, then what hangs nowhere. A department named twice
    /// counts once; one whose parent is missing heads its own unplaced branch; a cycle is opened at its smallest id.
    pub fn new(departments: &[Department], staff_of: &dyn Fn(DeptId) -> u32) -> Self {
        let mut by_id: HashMap<DeptId, &Department> = HashMap::with_capacity(departments.len());
        for dept in departments {
            by_id.entry(dept.id).or_insert(dept);
        }
        let mut order: Vec<&Department> = by_id.values().copied().collect();
        order.sort_unstable_by_key(|dept| (std::cmp::Reverse(dept.ord), dept.id));
        let mut children: HashMap<DeptId, Vec<&Department>> = HashMap::new();
        let (mut roots, mut orphans) = (Vec::new(), Vec::new());
        for &dept in &order {
            match dept.parent {
                None => roots.push(dept),
                Some(parent) if by_id.contains_key(&parent) => {
                    children.entry(parent).or_default().push(dept);
                }
                Some(_) => orphans.push(dept),
            }
        }
        let mut tree = Self::default();
        for (heads, unplaced) in [(roots, false), (orphans, true)] {
            for head in heads {
                tree.lay(head, &children, unplaced, staff_of);
            }
        }
        // What is left hangs on a cycle: open each at its smallest id, after walking up into it.
        order.sort_unstable_by_key(|dept| dept.id);
        for dept in order {
            if !tree.at.contains_key(&dept.id) {
                let head = cycle_head(dept, &by_id);
                tree.lay(head, &children, true, staff_of);
            }
        }
        tree
    }

    /// Every node, depth first.
    pub fn nodes(&self) -> &[OrgNode] {
        &self.nodes
    }

    /// The node of an id.
    pub fn node(&self, id: DeptId) -> Option<&OrgNode> {
        self.nodes.get(*self.at.get(&id)?)
    }

    /// The node and everything below it; nothing for an unknown id.
    pub fn descendants(&self, id: DeptId) -> impl Iterator<Item = DeptId> + '_ {
        let at = self.at.get(&id).copied();
        let end = at.and_then(|at| self.ends.get(at).copied()).unwrap_or(0);
        let range = at.unwrap_or(0)..end;
        self.nodes
            .get(range)
            .unwrap_or_default()
            .iter()
            .map(|node| node.id)
    }

    /// Lays a branch out with a stack of its own; skips what is already placed.
    fn lay(
        &mut self,
        head: &Department,
        children: &HashMap<DeptId, Vec<&Department>>,
        unplaced: bool,
        staff_of: &dyn Fn(DeptId) -> u32,
    ) {
        let first = self.nodes.len();
        let mut stack = vec![(head, 0_u16)];
        while let Some((dept, depth)) = stack.pop() {
            if self.at.contains_key(&dept.id) {
                continue;
            }
            self.at.insert(dept.id, self.nodes.len());
            self.nodes.push(OrgNode {
                id: dept.id,
                name: dept.name.clone(),
                depth,
                staff: staff_of(dept.id),
                unplaced,
            });
            let below = children.get(&dept.id).into_iter().flatten().rev();
            stack.extend(below.map(|child| (*child, depth.saturating_add(1))));
        }
        self.close(first);
    }

    /// Fills in where each branch from `first` on ends, and adds staff up the tree.
    fn close(&mut self, first: usize) {
        self.ends.resize(self.nodes.len(), self.nodes.len());
        // Nodes whose branch is still open: position, depth.
        let mut open: Vec<(usize, u16)> = Vec::new();
        for at in first..=self.nodes.len() {
            let depth = self.nodes.get(at).map(|node| node.depth);
            while let Some(&(last, its_depth)) = open.last() {
                if depth.is_some_and(|depth| depth > its_depth) {
                    break;
                }
                open.pop();
                self.close_one(last, at, open.last().map(|(parent, _)| *parent));
            }
            if let Some(depth) = depth {
                open.push((at, depth));
            }
        }
    }

    fn close_one(&mut self, at: usize, end: usize, parent: Option<usize>) {
        if let Some(slot) = self.ends.get_mut(at) {
            *slot = end;
        }
        let staff = self.nodes.get(at).map_or(0, |node| node.staff);
        if let Some(parent) = parent.and_then(|parent| self.nodes.get_mut(parent)) {
            parent.staff = parent.staff.saturating_add(staff);
        }
    }
}

/// Walks up from a department that hangs on a cycle and names the cycle's smallest member.
fn cycle_head<'a>(from: &'a Department, by_id: &HashMap<DeptId, &'a Department>) -> &'a Department {
    let up = |dept: &Department| dept.parent.and_then(|id| by_id.get(&id).copied());
    let mut seen = HashSet::new();
    let mut on_cycle = from;
    while seen.insert(on_cycle.id) {
        on_cycle = up(on_cycle).unwrap_or(on_cycle);
    }
    let mut head = on_cycle;
    let mut at = up(on_cycle).unwrap_or(on_cycle);
    while at.id != on_cycle.id {
        if at.id < head.id {
            head = at;
        }
        at = up(at).unwrap_or(on_cycle);
    }
    head
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dept(id: i64, parent: Option<i64>) -> Department {
        Department {
            id: DeptId(id),
            parent: parent.map(DeptId),
            name: SafeText::new(&format!("部门{id}")),
            kind: SafeText::new("team"),
            ord: 0,
        }
    }

    fn shape(tree: &OrgTree) -> Vec<(i64, u16, u32, bool)> {
        tree.nodes()
            .iter()
            .map(|n| (n.id.0, n.depth, n.staff, n.unplaced))
            .collect()
    }

    fn below(tree: &OrgTree, id: i64) -> Vec<i64> {
        tree.descendants(DeptId(id)).map(|d| d.0).collect()
    }

    #[test]
    fn staff_add_up_the_tree_and_siblings_keep_their_order() {
        let mut depts = vec![
            dept(1, None),
            dept(2, Some(1)),
            dept(3, Some(1)),
            dept(4, Some(2)),
        ];
        depts[2].ord = 9;
        let tree = OrgTree::new(&depts, &|id| u32::try_from(id.0).unwrap());
        assert_eq!(
            shape(&tree),
            [
                (1, 0, 10, false),
                (3, 1, 3, false),
                (2, 1, 6, false),
                (4, 2, 4, false)
            ]
        );
        assert_eq!(below(&tree, 2), [2, 4]);
        assert_eq!(below(&tree, 1), [1, 3, 2, 4]);
        assert_eq!(below(&tree, 99), [0_i64; 0]);
        assert_eq!(tree.node(DeptId(4)).map(|n| n.depth), Some(2));
    }

    #[test]
    fn cycles_and_orphans_are_listed_once_as_unplaced() {
        let depts = [
            dept(1, None),
            dept(10, Some(99)),
            dept(11, Some(10)),
            // 20 → 22 → 21 → 20, with a tail hanging on it.
            dept(20, Some(21)),
            dept(21, Some(22)),
            dept(22, Some(20)),
            dept(5, Some(21)),
            dept(30, Some(30)),
        ];
        let tree = OrgTree::new(&depts, &|_| 1);
        assert_eq!(
            shape(&tree),
            [
                (1, 0, 1, false),
                (10, 0, 2, true),
                (11, 1, 1, true),
                (20, 0, 4, true),
                (22, 1, 3, true),
                (21, 2, 2, true),
                (5, 3, 1, true),
                (30, 0, 1, true),
            ]
        );
        assert_eq!(below(&tree, 22), [22, 21, 5]);
    }

    #[test]
    fn twenty_thousand_levels_do_not_overflow_the_stack() {
        let depts: Vec<_> = (0..20_000)
            .map(|i| dept(i, (i > 0).then_some(i - 1)))
            .collect();
        let tree = OrgTree::new(&depts, &|_| 1);
        assert_eq!(below(&tree, 0).len(), 20_000);
        assert_eq!(below(&tree, 19_000).len(), 1_000);
        assert_eq!(tree.node(DeptId(0)).map(|n| n.staff), Some(20_000));
        assert_eq!(tree.node(DeptId(19_999)).map(|n| n.depth), Some(19_999));
    }

    proptest! {
        #[test]
        fn any_table_gives_every_department_exactly_once(
            parents in proptest::collection::vec(proptest::option::of(0i64..14), 0..12),
        ) {
            let depts: Vec<_> = (0..).zip(&parents).map(|(id, parent)| dept(id, *parent)).collect();
            let tree = OrgTree::new(&depts, &|_| 1);
            let mut ids: Vec<i64> = tree.nodes().iter().map(|n| n.id.0).collect();
            ids.sort_unstable();
            prop_assert_eq!(ids, (0..).take(depts.len()).collect::<Vec<i64>>());
            for node in tree.nodes() {
                // The second way: staff in and below is the number of descendants when everybody has one.
                prop_assert_eq!(tree.descendants(node.id).count(), node.staff as usize);
            }
        }
    }
}
