//! A command about to ask: of a workspace of its own, or of the one the console has open.

use std::collections::HashSet;

use crate::app::deed::Chosen;
use crate::domain::kpi::CampaignFacts;
use crate::domain::period::Period;
use crate::domain::{AsOf, CampaignId, CustomerId, StaffId, sentence};
use crate::engine::Disclosure;
use crate::engine::answer::{CustomerRow, CustomersPage, GmvKind, KpiPage, Stamp};
use crate::engine::request::{Answer, Question, Scope};
use crate::filter::fields::Entity;
use crate::filter::{Expr, Field, SortKey};
use crate::store::StoreError;
use crate::store::sums::Between;
use crate::workspace::Workspace;
use crate::workspace::errands::Lender;
use crate::workspace::listing::Listing;
use crate::workspace::straight::{Short, Tree};
use crate::workspace::trade::Whose;

use super::error::{Exit, Failure};
use super::how::How;
use super::options::OutputFormat;
use super::setting::Setting;
use super::typed::read_filter;
use super::when;

/// Who answers.
enum Source {
    /// This thread, from the file.
    Here(Box<Workspace>),
    /// The console's store thread.
    There(Lender),
}

/// Customers that a scope narrows to; `None` is everybody, people outside the pool included.
pub struct Narrowed {
    customers: Option<HashSet<CustomerId>>,
    /// Whose comings and goings are told in place of the customers'.
    staff: Option<HashSet<StaffId>>,
}

impl Narrowed {
    /// Their orders, comings and goings of a period.
    pub fn whose(&self, period: Period) -> Whose<'_> {
        let customers = self.customers.as_ref();
        let of_customers = Between::Customers(customers);
        Whose {
            period,
            customers,
            moves: self.staff.as_ref().map_or(of_customers, Between::Staff),
        }
    }
}

/// A command about to ask.
pub struct Asking {
    source: Source,
    /// "Now".
    pub as_of: AsOf,
    /// What rules the rows.
    pub scope: Scope,
    /// How they are written.
    pub how: How,
    /// How much of people is told.
    pub disclosure: Disclosure,
    /// Of the customers listed only these; `None` for all.
    chosen: Option<Chosen>,
}

impl Asking {
    /// Opens the workspace and reads scope and filter.
    pub fn new(
        setting: &Setting,
        filter: Option<&str>,
        format: OutputFormat,
    ) -> Result<Self, Failure> {
        let mut workspace = setting.open()?;
        let unix = workspace.begun().unwrap_or_else(when::now);
        let as_of = workspace.as_of(unix);
        let org = setting.org(&mut workspace, unix)?.map(|(id, _)| id);
        let scope = Scope {
            org,
            period: setting.period(),
            filter: read_filter(filter, Entity::Customers)?,
        };
        let disclosure = if setting.settings.mask {
            Disclosure::Masked
        } else {
            Disclosure::Usual
        };
        workspace.disclose(disclosure);
        let how = How {
            format,
            lang: setting.lang(),
            glyphs: setting.glyphs(),
            zone: workspace.zone(),
        };
        Ok(Self {
            source: Source::Here(Box::new(workspace)),
            as_of,
            scope,
            how,
            disclosure,
            chosen: None,
        })
    }

    /// Asks the workspace that the console has open.
    pub fn of_console(lender: Lender, as_of: AsOf, scope: Scope, how: How) -> Self {
        Self {
            source: Source::There(lender),
            as_of,
            scope,
            how,
            disclosure: Disclosure::Usual,
            chosen: None,
        }
    }

    /// Of the customers listed only these.
    pub fn only(&mut self, chosen: Chosen) {
        self.chosen = Some(chosen);
    }

    /// Asks.
    pub fn ask(&mut self, question: &Question) -> Result<Answer, Failure> {
        let answer = match &mut self.source {
            Source::Here(workspace) => {
                let told = straight(workspace, question, self.as_of)?;
                if told.is_none() {
                    workspace.load_for(question, self.as_of)?;
                }
                told.or_else(|| workspace.answer(question, self.as_of))
            }
            Source::There(lender) => {
                let question = question.clone();
                lender
                    .with(move |workspace, as_of| workspace.answer(&question, as_of))
                    .ok_or_else(leaving)?
            }
        };
        match answer {
            Some(Answer::Failed(why)) => Err(Failure::bare(Exit::Failed, *why)),
            Some(answer) => Ok(answer),
            None => Err(loading()),
        }
    }

    /// The tree of one campaign, straight from the tables; other campaigns may not be listed. `None` when it is for
    /// [`Asking::ask`].
    pub fn short_tree(
        &mut self,
        campaign: Option<CampaignId>,
        gmv: GmvKind,
    ) -> Result<Option<KpiPage>, Failure> {
        let tree = Tree::alone(campaign, gmv);
        match &mut self.source {
            Source::Here(workspace) => Ok(workspace.short_kpi(&self.scope, tree, self.as_of)?),
            Source::There(_) => Ok(None),
        }
    }

    /// The first `most` customers of the scope in the order of a sort.
    pub fn listing(&mut self, sort: &[SortKey], most: u64) -> Result<Listing, Failure> {
        let listing = match &mut self.source {
            Source::Here(workspace) => {
                let question = Question::Customers {
                    scope: self.scope.clone(),
                    sort: sort.to_vec(),
                    offset: 0,
                    rows: 0,
                    anchor: None,
                };
                workspace.load_for(&question, self.as_of)?;
                workspace.listing(&self.scope, sort, most, self.as_of)?
            }
            Source::There(lender) => {
                let (scope, sort) = (self.scope.clone(), sort.to_vec());
                let chosen = self.chosen.clone();
                lender
                    .with(move |workspace, as_of| {
                        let listing = workspace.listing(&scope, &sort, most, as_of)?;
                        Ok::<_, StoreError>(listing.map(|mut listing| {
                            if let Some(chosen) = &chosen {
                                let (ids, keeps) = match chosen {
                                    Chosen::These(ids) => (ids, true),
                                    Chosen::AllBut(ids) => (ids, false),
                                };
                                workspace.narrow(&mut listing, ids, keeps);
                            }
                            listing
                        }))
                    })
                    .ok_or_else(leaving)??
            }
        };
        listing.ok_or_else(loading)
    }

    /// The first `most` customers of the scope straight from the tables; `None` when they are for [`Asking::listing`].
    /// `fields` are shown; hits are told when `counted`.
    pub fn short_list(
        &mut self,
        sort: &[SortKey],
        most: u64,
        fields: &[Field],
        counted: bool,
    ) -> Result<Option<CustomersPage>, Failure> {
        match &mut self.source {
            Source::Here(workspace) => {
                workspace.disclose(self.disclosure);
                let wish = Short {
                    sort,
                    most,
                    fields,
                    counted,
                };
                Ok(workspace.short_list(&self.scope, wish, self.as_of)?)
            }
            Source::There(_) => Ok(None),
        }
    }

    /// Customers of a listing.
    pub fn listed(
        &mut self,
        listing: &std::sync::Arc<Listing>,
        places: std::ops::Range<usize>,
    ) -> Result<Vec<CustomerRow>, Failure> {
        let disclosure = self.disclosure;
        let rows = match &mut self.source {
            Source::Here(workspace) => workspace.listed(listing, places, disclosure),
            Source::There(lender) => {
                let listing = std::sync::Arc::clone(listing);
                lender
                    .with(move |workspace, _| workspace.listed(&listing, places, disclosure))
                    .ok_or_else(leaving)?
            }
        };
        rows.ok_or_else(anew)
    }

    /// The customers of the scope, where a filter or an org node narrows them.
    pub fn customers(&mut self) -> Result<Narrowed, Failure> {
        let staff = None;
        if self.scope.filter.expr == Expr::All && self.scope.org.is_none() {
            return Ok(Narrowed {
                customers: None,
                staff,
            });
        }
        let by_id = [SortKey {
            field: Field::Id,
            descending: false,
        }];
        // Only who they are is asked.
        let cols = std::mem::replace(&mut self.scope.filter.cols, vec![Field::Id]);
        let listing = self.listing(&by_id, u64::MAX).map(std::sync::Arc::new);
        self.scope.filter.cols = cols;
        let customers = Some(self.ids(&listing?)?.into_iter().collect());
        Ok(Narrowed { customers, staff })
    }

    /// The customers of an org node, and its staff for comings and goings. Of a filter nothing is asked here: sums know none.
    pub fn customers_and_staff(&mut self) -> Result<Narrowed, Failure> {
        let customers = self.customers()?.customers;
        let (scope, as_of) = (self.scope.clone(), self.as_of);
        let staff = self.workspace()?.0.staff_inside(&scope, as_of)?;
        Ok(Narrowed { customers, staff })
    }

    /// Every campaign, newest first; nothing is counted.
    pub fn campaigns(&mut self) -> Result<Vec<CampaignFacts>, Failure> {
        let campaigns = match &mut self.source {
            Source::Here(workspace) => workspace.campaigns(),
            Source::There(lender) => lender
                .with(|workspace, _| workspace.campaigns())
                .ok_or_else(leaving)?,
        };
        Ok(campaigns?)
    }

    /// Answers come from the console's own workspace.
    pub fn is_lent(&self) -> bool {
        matches!(self.source, Source::There(_))
    }

    /// The workspace of this thread, and what its answers in the scope are computed from.
    pub fn workspace(&mut self) -> Result<(&mut Workspace, Stamp), Failure> {
        match &mut self.source {
            Source::Here(workspace) => {
                workspace.disclose(self.disclosure);
                let stamp = workspace.stamp(&self.scope, self.as_of)?;
                Ok((workspace, stamp))
            }
            Source::There(_) => Err(Failure::new(
                Exit::Failed,
                sentence!("操盘台不导出订单", "the console does not write orders"),
                sentence!("用 `caopan export orders`", "use `caopan export orders`"),
            )),
        }
    }

    /// Ids of a listing.
    pub fn ids(&mut self, listing: &std::sync::Arc<Listing>) -> Result<Vec<CustomerId>, Failure> {
        let ids = match &mut self.source {
            Source::Here(workspace) => workspace.listed_ids(listing),
            Source::There(lender) => {
                let listing = std::sync::Arc::clone(listing);
                lender
                    .with(move |workspace, _| workspace.listed_ids(&listing))
                    .ok_or_else(leaving)?
            }
        };
        ids.ok_or_else(anew)
    }
}

/// The answer where no engine is needed for it.
fn straight(
    workspace: &mut Workspace,
    question: &Question,
    as_of: AsOf,
) -> Result<Option<Answer>, Failure> {
    let told = match question {
        Question::Kpi {
            scope,
            campaign,
            gmv,
        } => workspace
            .short_kpi(scope, Tree::beside_all(*campaign, *gmv), as_of)?
            .map(Answer::Kpi),
        Question::Board { scope, metric } => workspace
            .short_board(scope, *metric, as_of)?
            .map(Answer::Board),
        Question::Customers { .. }
        | Question::Customer(_)
        | Question::Tags(_)
        | Question::Groups { .. }
        | Question::Sources
        | Question::Org
        | Question::Names => None,
    };
    Ok(told)
}

fn anew() -> Failure {
    Failure::new(
        Exit::Failed,
        sentence!(
            "工作区刚被整个换过",
            "the workspace was filled anew meanwhile"
        ),
        sentence!("请重做", "do it again"),
    )
}

pub(super) fn leaving() -> Failure {
    Failure::bare(
        Exit::Interrupted,
        sentence!("已离开操盘台", "the console was left"),
    )
}

fn loading() -> Failure {
    Failure::new(
        Exit::Failed,
        sentence!("客户仍在载入", "the customers are still being loaded"),
        sentence!("稍等再做一次", "wait a moment and do it again"),
    )
}
