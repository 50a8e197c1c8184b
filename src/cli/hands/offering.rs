//! The names that a field offers for an edit.

use crate::app::deed::{Came, Chosen, Edit};
use crate::domain::CustomerId;
use crate::store::edit::MOST_STAGED;

use super::super::edit::{Kind, names_for};
use super::super::error::Failure;
use super::super::export::ExportFormat;
use super::{Worker, kind_of};
use std::sync::Arc;

impl Worker {
    /// The names there are to choose from: of tags to take away those the customers have, of staff those who can own them.
    pub(super) fn names(&mut self, edit: &Edit) -> Result<Came, Failure> {
        let kind = kind_of(edit.editing);
        let few = match kind {
            Kind::Untag | Kind::Owner => self.few(edit),
            Kind::Tag | Kind::Stage => None,
        };
        let names = names_for(self.writer()?, kind, few.as_deref())?;
        Ok(Came::Names(edit.editing, names))
    }

    /// Whom an edit is about, where they are few enough to look at each; `None` also before they can be told.
    fn few(&self, edit: &Edit) -> Option<Vec<CustomerId>> {
        let ids = match &edit.chosen {
            Chosen::These(ids) => ids.clone(),
            Chosen::AllBut(but) => {
                let most = MOST_STAGED + 1 + but.len();
                let mut asking = self.asking(edit.scope.clone(), ExportFormat::Csv);
                asking.only(edit.chosen.clone());
                let listing = Arc::new(asking.listing(&[], most as u64).ok()?);
                asking.ids(&listing).ok()?
            }
        };
        (ids.len() <= MOST_STAGED).then_some(ids)
    }
}
