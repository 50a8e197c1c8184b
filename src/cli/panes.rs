//! `list`, `tags`, `groups`, `kpi`, `board`, `metrics`: the panes' answers on a pipe.

use std::io::Write;

use crate::domain::{AsOf, CampaignId, GlyphSet};
use crate::engine::Disclosure;
use crate::engine::answer::{BoardMetric, CustomersPage, GmvKind};
use crate::engine::request::{Answer, GroupSort, Question, Scope};
use crate::filter::{Ctx, Filter, SortKey, fields::Entity, parse};
use crate::workspace::Workspace;

use super::args::{GmvName, Listed, MetricName, OutputFormat};
use super::error::{Exit, Failure};
use super::list::{CustomerList, keep_campaigns, keep_staff, print_campaigns, print_staff};
use super::setting::Setting;
use super::table::How;
use super::when;

/// Rows of a list fetched at once.
const BATCH: u32 = 2_000;

/// A command about to ask.
pub struct Asking {
    workspace: Workspace,
    as_of: AsOf,
    scope: Scope,
    how: How,
}

impl Asking {
    /// Opens the workspace and reads scope and filter.
    pub fn new(
        setting: &Setting,
        filter: Option<&str>,
        format: OutputFormat,
    ) -> Result<Self, Failure> {
        let mut workspace = setting.open()?;
        let unix = setting.fixed_now(&workspace)?.unwrap_or_else(when::now);
        let as_of = workspace.as_of(unix);
        let org = setting.org(&mut workspace, unix)?.map(|(id, _)| id);
        let scope = Scope {
            org,
            period: setting.period(),
            filter: read_filter(setting, filter, Entity::Customers)?,
        };
        if setting.settings.mask {
            workspace.disclose(Disclosure::Masked);
        }
        let glyphs = if setting.settings.glyphs == "ascii" {
            GlyphSet::Ascii
        } else {
            GlyphSet::Unicode
        };
        let how = How {
            format,
            lang: setting.lang(),
            glyphs,
            zone: workspace.zone(),
        };
        Ok(Self {
            workspace,
            as_of,
            scope,
            how,
        })
    }

    fn ask(&mut self, question: &Question) -> Result<Answer, Failure> {
        self.workspace.load_for(question)?;
        match self.workspace.answer(question, self.as_of) {
            Some(Answer::Failed(why)) => Err(Failure::new(Exit::Failed, why, "")),
            Some(answer) => Ok(answer),
            None => Err(Failure::new(
                Exit::Failed,
                "the customers were not loaded",
                "",
            )),
        }
    }
}

/// Reads a filter; its error shows the place.
pub fn read_filter(
    setting: &Setting,
    text: Option<&str>,
    entity: Entity,
) -> Result<Filter, Failure> {
    let Some(text) = text else {
        return Ok(Filter::default());
    };
    let ctx = Ctx::of(entity);
    parse(text, &ctx).map_err(|error| {
        let lang = setting.lang();
        Failure::in_filter(error.message(lang), text, error.column, error.hint(lang))
    })
}

/// What `list` was told besides the filter.
pub struct ListWish<'a> {
    /// What.
    pub what: Listed,
    /// `--sort`.
    pub sort: &'a [String],
    /// `--limit`.
    pub limit: Option<u64>,
    /// `--unmask`.
    pub unmask: bool,
}

/// `caopan list`.
pub fn list(
    setting: &Setting,
    filter: Option<&str>,
    wish: &ListWish<'_>,
    format: OutputFormat,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    if !wish.sort.is_empty() && wish.what != Listed::Customers {
        return Err(Failure::new(
            Exit::Usage,
            "--sort is for customers",
            "the others come in the order of their pane",
        ));
    }
    match wish.what {
        Listed::Customers => customers(setting, filter, wish, format, out),
        Listed::Tags => tag_rows(setting, filter, format, out),
        Listed::Groups => groups(setting, filter, format, out),
        Listed::Campaigns => campaigns(setting, filter, wish.limit, format, out),
        Listed::Staff => staff(setting, filter, wish.limit, format, out),
    }
}

fn customers(
    setting: &Setting,
    filter: Option<&str>,
    wish: &ListWish<'_>,
    format: OutputFormat,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let mut asking = Asking::new(setting, filter, format)?;
    if wish.unmask && !setting.settings.mask {
        asking.workspace.disclose(Disclosure::Whole);
    }
    let sort = sort_keys(setting, wish.sort)?;
    let limit = wish.limit.or(asking.scope.filter.limit).unwrap_or(u64::MAX);
    asking.scope.filter.limit = None;
    let mut offset = 0;
    let first = asking.window(&sort, offset, limit)?;
    let columns = asking.scope.filter.cols.clone();
    let how = asking.how;
    let mut printed = CustomerList::begin(out, how, &columns, &first)?;
    offset += first.rows.len() as u64;
    while offset < limit && offset < first.hits {
        let page = asking.window(&sort, offset, limit - offset)?;
        if page.rows.is_empty() {
            break;
        }
        offset += page.rows.len() as u64;
        printed.page(&page)?;
    }
    printed.end()?;
    Ok(Exit::Ok)
}

impl Asking {
    fn window(
        &mut self,
        sort: &[SortKey],
        offset: u64,
        most: u64,
    ) -> Result<CustomersPage, Failure> {
        let rows = u32::try_from(most).unwrap_or(BATCH).min(BATCH);
        let question = Question::Customers {
            scope: self.scope.clone(),
            sort: sort.to_vec(),
            offset,
            rows,
            anchor: None,
        };
        match self.ask(&question)? {
            Answer::Customers(page) => Ok(page),
            _ => Err(unexpected()),
        }
    }
}

fn unexpected() -> Failure {
    Failure::new(
        Exit::Failed,
        "another question was answered (this is a defect)",
        "",
    )
}

/// `--sort spend`, `--sort -last`: read by the filter language.
fn sort_keys(setting: &Setting, words: &[String]) -> Result<Vec<SortKey>, Failure> {
    let mut keys = Vec::new();
    for word in words {
        keys.extend(read_filter(setting, Some(&format!("sort:{word}")), Entity::Customers)?.sort);
    }
    Ok(keys)
}

/// `caopan tags`.
pub fn tags(
    setting: &Setting,
    filter: Option<&str>,
    format: OutputFormat,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let mut asking = Asking::new(setting, filter, format)?;
    match asking.ask(&Question::Tags(asking.scope.clone()))? {
        Answer::Tags(page) => super::tags::print_tags(&page, asking.how, out)?,
        _ => return Err(unexpected()),
    }
    Ok(Exit::Ok)
}

/// `caopan list tags`: the filter is over the tags.
fn tag_rows(
    setting: &Setting,
    filter: Option<&str>,
    format: OutputFormat,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let filter = read_filter(setting, filter, Entity::Tags)?;
    let mut asking = Asking::new(setting, None, format)?;
    let Answer::Tags(page) = asking.ask(&Question::Tags(asking.scope.clone()))? else {
        return Err(unexpected());
    };
    let kept = super::tags::keep_tags(&page, &filter, asking.as_of);
    super::tags::print_tags(&kept, asking.how, out)?;
    Ok(Exit::Ok)
}

/// `caopan groups`: the filter is over the groups.
pub fn groups(
    setting: &Setting,
    filter: Option<&str>,
    format: OutputFormat,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let own_filter = read_filter(setting, filter, Entity::Groups)?;
    let mut asking = Asking::new(setting, None, format)?;
    let question = Question::Groups {
        scope: asking.scope.clone(),
        own_filter,
        sort: GroupSort::default(),
        reversed: false,
    };
    match asking.ask(&question)? {
        Answer::Groups(page) => super::groups::print_groups(&page, asking.how, out)?,
        _ => return Err(unexpected()),
    }
    Ok(Exit::Ok)
}

/// What `kpi` was told.
pub struct KpiWish<'a> {
    /// Campaign: id or part of its name.
    pub campaign: Option<&'a str>,
    /// `--gmv`.
    pub gmv: GmvName,
    /// `--filter`.
    pub filter: Option<&'a str>,
}

/// `caopan kpi`.
pub fn kpi(
    setting: &Setting,
    wish: &KpiWish<'_>,
    format: OutputFormat,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let mut asking = Asking::new(setting, wish.filter, format)?;
    let gmv = match wish.gmv {
        GmvName::Gross => GmvKind::Gross,
        GmvName::NetByRefundDate => GmvKind::NetByRefundDate,
        GmvName::NetByOrderDate => GmvKind::NetByOrderDate,
    };
    let mut question = Question::Kpi {
        scope: asking.scope.clone(),
        campaign: None,
        gmv,
    };
    let Answer::Kpi(mut page) = asking.ask(&question)? else {
        return Err(unexpected());
    };
    if let (Some(wanted), Question::Kpi { campaign, .. }) = (wish.campaign, &mut question) {
        *campaign = Some(named(wanted, &page)?);
        let Answer::Kpi(asked) = asking.ask(&question)? else {
            return Err(unexpected());
        };
        page = asked;
    }
    super::kpi::print_kpi(&page, asking.how, out)?;
    Ok(Exit::Ok)
}

/// A campaign by id or by part of its name.
fn named(wanted: &str, page: &crate::engine::answer::KpiPage) -> Result<CampaignId, Failure> {
    let found: Vec<_> = page
        .campaigns
        .iter()
        .filter(|c| c.id.0.to_string() == wanted || c.name.as_str().contains(wanted))
        .collect();
    match found.as_slice() {
        [one] => Ok(one.id),
        [] => Err(Failure::new(
            Exit::Usage,
            format!("no campaign is called {wanted:?}"),
            "`caopan list campaigns` names them",
        )),
        several => {
            let names: Vec<_> = several
                .iter()
                .map(|c| format!("{} {}", c.id.0, c.name))
                .collect();
            Err(Failure::new(
                Exit::Usage,
                format!("{wanted:?} fits several campaigns"),
                names.join(", "),
            ))
        }
    }
}

fn campaigns(
    setting: &Setting,
    filter: Option<&str>,
    limit: Option<u64>,
    format: OutputFormat,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let filter = read_filter(setting, filter, Entity::Campaigns)?;
    let mut asking = Asking::new(setting, None, format)?;
    let question = Question::Kpi {
        scope: asking.scope.clone(),
        campaign: None,
        gmv: GmvKind::Gross,
    };
    let Answer::Kpi(page) = asking.ask(&question)? else {
        return Err(unexpected());
    };
    let kept = keep_campaigns(&page.campaigns, &filter, asking.as_of);
    print_campaigns(&page, first(&kept, limit.or(filter.limit)), asking.how, out)?;
    Ok(Exit::Ok)
}

fn staff(
    setting: &Setting,
    filter: Option<&str>,
    limit: Option<u64>,
    format: OutputFormat,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let filter = read_filter(setting, filter, Entity::Staff)?;
    let mut asking = Asking::new(setting, None, format)?;
    let question = Question::Board {
        scope: asking.scope.clone(),
        metric: BoardMetric::NetGmv,
    };
    let Answer::Board(page) = asking.ask(&question)? else {
        return Err(unexpected());
    };
    let kept = keep_staff(&page.rows, &filter, asking.as_of);
    print_staff(&page, first(&kept, limit.or(filter.limit)), asking.how, out)?;
    Ok(Exit::Ok)
}

fn first<T>(rows: &[T], limit: Option<u64>) -> &[T] {
    let most = limit
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(usize::MAX);
    rows.get(..most.min(rows.len())).unwrap_or(rows)
}

/// `caopan board`.
pub fn board(
    setting: &Setting,
    metric: MetricName,
    filter: Option<&str>,
    format: OutputFormat,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let mut asking = Asking::new(setting, filter, format)?;
    let metric = match metric {
        MetricName::NetGmv => BoardMetric::NetGmv,
        MetricName::Gmv => BoardMetric::Gmv,
        MetricName::Adds => BoardMetric::Adds,
        MetricName::Orders => BoardMetric::Orders,
        MetricName::Achievement => BoardMetric::Achievement,
    };
    match asking.ask(&Question::Board {
        scope: asking.scope.clone(),
        metric,
    })? {
        Answer::Board(page) => super::board::print_board(&page, asking.how, out)?,
        _ => return Err(unexpected()),
    }
    Ok(Exit::Ok)
}

/// `caopan metrics`: what every figure means.
pub fn metrics(
    setting: &Setting,
    format: OutputFormat,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let glyphs = if setting.settings.glyphs == "ascii" {
        GlyphSet::Ascii
    } else {
        GlyphSet::Unicode
    };
    let how = How {
        format,
        lang: setting.lang(),
        glyphs,
        zone: crate::domain::Zone::default(),
    };
    super::metrics::print_metrics(None, &[], how, out)?;
    Ok(Exit::Ok)
}
