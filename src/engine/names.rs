//! The words behind the codes: staff, channels, stages, tags, campaigns.

use std::collections::HashMap;

use crate::domain::{SafeText, StaffId, TagId};
use crate::filter::eval::{namesakes, told_apart};
use crate::store::load::Catalogue;

use super::answer::TagFamily;
use super::column::Dict;

/// A tag as the workspace has it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Code in the tag lists.
    pub code: u16,
    /// Identity.
    pub id: TagId,
    /// Name as stored.
    pub raw: String,
    /// Name to show.
    pub name: SafeText,
}

/// A tag group with its tags, in the order of the tag pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagSet {
    /// Identity.
    pub id: SafeText,
    /// Family.
    pub family: TagFamily,
    /// Name.
    pub name: SafeText,
    /// Tags by `ord`.
    pub tags: Vec<Tag>,
}

/// Something with a code, a stored and a shown name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Name as stored.
    pub raw: String,
    /// Name to show; of staff told apart from those who have the same.
    pub name: SafeText,
}

impl Named {
    fn new(raw: &str) -> Self {
        Self {
            raw: raw.to_owned(),
            name: SafeText::new(raw),
        }
    }
}

/// Codes and their words. Codes stay what they are for the life of the engine; words follow the workspace.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Staff by `userid`.
    pub staff: Dict,
    /// Channels by `channel_id` in decimal.
    pub channels: Dict,
    /// Stages by `stage_id` in decimal.
    pub stages: Dict,
    /// Tags by `tag_id`.
    pub tags: Dict,
    /// Campaigns by `campaign_id` in decimal.
    pub campaigns: Dict,
    /// Names of staff by code.
    pub staff_names: HashMap<u16, Named>,
    /// Channels by code: kind and name.
    pub channel_names: HashMap<u16, (String, Named)>,
    /// The first journey.
    pub journey: Option<i64>,
    /// Stages by code: place in the journey and name.
    pub stage_names: HashMap<u16, (u32, Named)>,
    /// Names of campaigns by code.
    pub campaign_names: HashMap<u16, Named>,
    /// Tag groups in the order of the tag pane.
    pub tag_sets: Vec<TagSet>,
    /// Names of all tags in the order of the tag pane.
    pub tag_names: Vec<SafeText>,
    /// Place of each tag in the tag pane, by code.
    pub tag_places: HashMap<u16, u32>,
}

/// `tag_group.kind` as a family.
fn family(kind: &str) -> TagFamily {
    match kind {
        "static" => TagFamily::Static,
        "consumption" => TagFamily::Consumption,
        "behaviour" => TagFamily::Behaviour,
        "tier" => TagFamily::Tier,
        _ => TagFamily::Other,
    }
}

impl Words {
    /// Takes over what the small tables say.
    pub fn set(&mut self, catalogue: &Catalogue) {
        let people = catalogue.staff.iter();
        let shared = namesakes(people.map(|(id, name)| (id.as_ref(), name.as_ref())));
        self.staff_names = catalogue
            .staff
            .iter()
            .map(|(id, name)| {
                let named = Named::new(name);
                let name = if shared.contains(named.raw.as_str()) {
                    SafeText::new(&told_apart(name, id))
                } else {
                    named.name
                };
                (self.staff.code(id), Named { name, ..named })
            })
            .collect();
        self.channel_names = catalogue
            .channels
            .iter()
            .map(|(id, kind, name)| {
                (
                    self.channels.code(&id.to_string()),
                    (kind.clone(), Named::new(name)),
                )
            })
            .collect();
        self.journey = catalogue.journey;
        self.stage_names = (0..)
            .zip(&catalogue.stages)
            .map(|(ord, (id, name))| (self.stages.code(&id.to_string()), (ord, Named::new(name))))
            .collect();
        self.campaign_names = catalogue
            .campaigns
            .iter()
            .map(|(id, name)| (self.campaigns.code(&id.to_string()), Named::new(name)))
            .collect();
        self.set_tags(catalogue);
    }

    /// Tag groups by family, then `ord`; tags of a group that is gone stand in one without a name at the end.
    fn set_tags(&mut self, catalogue: &Catalogue) {
        let mut sets: Vec<(&str, TagSet)> = catalogue
            .tag_groups
            .iter()
            .map(|(id, name, kind, _)| {
                (
                    id.as_str(),
                    TagSet {
                        id: SafeText::new(id),
                        family: family(kind),
                        name: SafeText::new(name),
                        tags: Vec::new(),
                    },
                )
            })
            .collect();
        sets.sort_by_key(|(_, set)| set.family);
        let mut places: HashMap<&str, usize> = sets
            .iter()
            .enumerate()
            .map(|(i, (id, _))| (*id, i))
            .collect();
        for (id, group, name, _) in &catalogue.tags {
            let tag = Tag {
                code: self.tags.code(id),
                id: TagId::from(id.as_str()),
                raw: name.clone(),
                name: SafeText::new(name),
            };
            let place = *places.entry(group.as_str()).or_insert_with(|| {
                sets.push((
                    group,
                    TagSet {
                        id: SafeText::new(group),
                        family: TagFamily::Other,
                        name: SafeText::default(),
                        tags: Vec::new(),
                    },
                ));
                sets.len() - 1
            });
            if let Some((_, set)) = sets.get_mut(place) {
                set.tags.push(tag);
            }
        }
        self.tag_sets = sets.into_iter().map(|(_, set)| set).collect();
        self.tag_names = self.all_tags().map(|tag| tag.name.clone()).collect();
        self.tag_places = (0..)
            .zip(self.tag_sets.iter().flat_map(|s| &s.tags))
            .map(|(i, tag)| (tag.code, i))
            .collect();
    }

    /// All tags in the order of the tag pane.
    pub fn all_tags(&self) -> impl Iterator<Item = &Tag> {
        self.tag_sets.iter().flat_map(|s| &s.tags)
    }

    /// A member of staff's name as stored; their id when the workspace has no row for them.
    pub fn staff_name(&self, code: u16) -> &str {
        match self.staff_names.get(&code) {
            Some(named) => &named.raw,
            None => self.staff.word(code).map_or("", |id| id),
        }
    }

    /// A member of staff as listed.
    pub fn staff_member(&self, code: u16) -> Option<(StaffId, SafeText)> {
        let id = StaffId(self.staff.word(code)?.clone());
        let name = match self.staff_names.get(&code) {
            Some(named) => named.name.clone(),
            None => SafeText::new(id.as_str()),
        };
        Some((id, name))
    }

    /// Names of some tags in the order of the tag pane; deleted tags have none.
    pub fn tags_in_order(&self, codes: &[u16]) -> Vec<SafeText> {
        let mut places: Vec<u32> = codes
            .iter()
            .filter_map(|code| self.tag_places.get(code).copied())
            .collect();
        places.sort_unstable();
        places
            .into_iter()
            .filter_map(|place| self.tag_names.get(place as usize).cloned())
            .collect()
    }

    /// The `campaign_id` behind a code.
    pub fn campaign(&self, code: u16) -> Option<i64> {
        self.campaigns.word(code)?.parse().ok()
    }
}
