//! `list`, `tags`, `groups`, `kpi`, `board`, `metrics`: the panes' answers on a pipe.

use std::io::Write;

use clap::{Args, ValueEnum};

use crate::domain::kpi::goal::Goals;
use crate::engine::Disclosure;
use crate::engine::answer::{BoardMetric, GmvKind};
use crate::engine::request::{Answer, GroupSort, Question};
use crate::filter::Filter;
use crate::filter::fields::Entity;

use super::asking::Asking;
use super::error::{Exit, Failure};
use super::late::{OF_ALL, late};
use super::options::{GmvName, Listed, MetricName, OutputFormat};
use super::rows::{Campaign, Rows, print};
use super::setting::Setting;
use super::typed::{read_filter, sort_keys};
use crate::domain::sentence;

/// What `tags` and `groups` take.
#[derive(Debug, Args)]
pub struct PaneArguments {
    /// Which rows (the language of `/`).
    pub filter: Option<String>,
    /// How.
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}

/// What `list` takes.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// What.
    pub what: Listed,
    /// Which (the language of `/`).
    pub filter: Option<String>,
    /// Sort field; a leading `-` is largest first. Repeatable.
    #[arg(long, value_name = "F", allow_hyphen_values = true)]
    pub sort: Vec<String>,
    /// At most this many rows.
    #[arg(long)]
    pub limit: Option<u64>,
    /// How.
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
    /// Print phones whole.
    #[arg(long)]
    pub unmask: bool,
}

/// What `kpi` takes.
#[derive(Debug, Args)]
pub struct KpiArguments {
    /// Campaign: id or part of its name [default: the running one that misses most].
    pub campaign: Option<String>,
    /// Which GMV.
    #[arg(long, value_enum, default_value_t = GmvName::Gross)]
    pub gmv: GmvName,
    /// Narrow to these customers.
    #[arg(long)]
    pub filter: Option<String>,
    /// How.
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}

/// What `board` takes.
#[derive(Debug, Args)]
pub struct BoardArguments {
    /// What is ranked.
    #[arg(long, value_enum, default_value_t = MetricName::NetGmv)]
    pub metric: MetricName,
    /// Narrow to these customers.
    pub filter: Option<String>,
    /// How.
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
    /// Keep the boards of today as they are now, and those at yesterday's close, for later ones to say who moved.
    #[arg(long, conflicts_with_all = ["metric", "filter", "format"])]
    pub keep: bool,
}

/// What `metrics` takes.
#[derive(Debug, Args)]
pub struct MetricsArguments {
    /// How.
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}

/// What is listed, besides the filter.
pub struct ListWish<'a> {
    /// What.
    pub what: Listed,
    /// `--sort`.
    pub sort: &'a [String],
    /// `--limit`.
    pub limit: Option<u64>,
}

/// What a list lists, and the filter over customers that rules it; the filter of the others is over themselves.
pub fn listed<'a>(
    filter: Option<&'a str>,
    wish: &ListWish<'_>,
) -> Result<(Rows, Option<&'a str>), Failure> {
    if !wish.sort.is_empty() && wish.what != Listed::Customers {
        return Err(Failure::new(
            Exit::Usage,
            sentence!("--sort 只用于客户", "--sort is for customers"),
            sentence!(
                "其余按各自面板的次序",
                "the others come in the order of their pane"
            ),
        ));
    }
    Ok(match wish.what {
        Listed::Customers => {
            let sort = sort_keys(wish.sort)?;
            (Rows::Customers(sort, wish.limit), filter)
        }
        Listed::Tags => {
            let own = read_filter(filter, Entity::Tags)?;
            (Rows::Tags(Some(own), wish.limit), None)
        }
        Listed::Groups => (group_rows(filter, wish.limit)?, None),
        Listed::Campaigns => {
            let own = read_filter(filter, Entity::Campaigns)?;
            (Rows::Campaigns(own, wish.limit), None)
        }
        Listed::Staff => {
            let own = read_filter(filter, Entity::Staff)?;
            (Rows::Staff(own, wish.limit), None)
        }
    })
}

/// Groups under a filter over them, worst first, the first so many.
pub fn group_rows(filter: Option<&str>, limit: Option<u64>) -> Result<Rows, Failure> {
    let own = read_filter(filter, Entity::Groups)?;
    Ok(Rows::Groups(own, GroupSort::default(), false, limit))
}

/// `caopan list`.
pub fn list(
    setting: &Setting,
    asked: &ListArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let wish = ListWish {
        what: asked.what,
        sort: &asked.sort,
        limit: asked.limit,
    };
    let (rows, filter) = listed(asked.filter.as_deref(), &wish)?;
    let is_whole = asked.unmask && !setting.settings.mask;
    let mut asking = Asking::new(setting, filter, asked.format)?;
    if is_whole {
        let what = wish
            .what
            .to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned());
        super::reveal::noted(setting, &what, filter.unwrap_or_default())?;
        asking.disclosure = Disclosure::Whole;
    }
    print(&mut asking, &rows, out, &mut |_, _| Ok(()))?;
    Ok(Exit::Ok)
}

/// `caopan tags`.
pub fn tags(
    setting: &Setting,
    wish: &PaneArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let mut asking = Asking::new(setting, wish.filter.as_deref(), wish.format)?;
    print(
        &mut asking,
        &Rows::Tags(None, None),
        out,
        &mut |_, _| Ok(()),
    )?;
    Ok(Exit::Ok)
}

/// `caopan groups`: the filter is over the groups.
pub fn groups(
    setting: &Setting,
    wish: &PaneArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let rows = group_rows(wish.filter.as_deref(), None)?;
    let mut asking = Asking::new(setting, None, wish.format)?;
    print(&mut asking, &rows, out, &mut |_, _| Ok(()))?;
    Ok(Exit::Ok)
}

/// The KPI tree asked for.
pub fn kpi_rows(campaign: Option<&str>, gmv: GmvName) -> Rows {
    let gmv = match gmv {
        GmvName::Gross => GmvKind::Gross,
        GmvName::NetByRefundDate => GmvKind::NetByRefundDate,
        GmvName::NetByOrderDate => GmvKind::NetByOrderDate,
    };
    let campaign = campaign.map_or(Campaign::Usual, |name| Campaign::Named(name.to_owned()));
    Rows::Kpi(campaign, gmv)
}

/// `caopan kpi`.
pub fn kpi(setting: &Setting, wish: &KpiArguments, out: &mut impl Write) -> Result<Exit, Failure> {
    let mut asking = Asking::new(setting, wish.filter.as_deref(), wish.format)?;
    let rows = kpi_rows(wish.campaign.as_deref(), wish.gmv);
    print(&mut asking, &rows, out, &mut |_, _| Ok(()))?;
    Ok(Exit::Ok)
}

/// What a board ranks by its name.
pub fn board_metric(metric: MetricName) -> BoardMetric {
    match metric {
        MetricName::NetGmv => BoardMetric::NetGmv,
        MetricName::Gmv => BoardMetric::Gmv,
        MetricName::Adds => BoardMetric::Adds,
        MetricName::Orders => BoardMetric::Orders,
        MetricName::Achievement => BoardMetric::Achievement,
    }
}

/// `caopan board`.
pub fn board(
    setting: &Setting,
    wish: &BoardArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    if wish.keep {
        return super::keep::run(setting, out);
    }
    let mut asking = Asking::new(setting, wish.filter.as_deref(), wish.format)?;
    let rows = Rows::Board(board_metric(wish.metric));
    print(&mut asking, &rows, out, &mut |_, _| Ok(()))?;
    Ok(Exit::Ok)
}

/// `caopan metrics`: what every figure means, and what the workspace has of it. Where there is no workspace and none was
/// asked for, only what they mean.
pub fn metrics(
    setting: &Setting,
    wish: &MetricsArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let format = wish.format;
    if !setting.names_workspace() && !setting.workspace().exists() {
        let how = setting.how(format, crate::domain::Zone::default());
        super::metrics::print_metrics(None, None, how, out)?;
        return Ok(Exit::Ok);
    }
    // A workspace of its own: what is loaded for one question would be loaded again for the other.
    let campaign = super::rows::asked(
        &mut Asking::new(setting, None, format)?,
        None,
        GmvKind::Gross,
    )?;
    let mut asking = Asking::new(setting, None, format)?;
    let period = asking.scope.period.resolve(asking.as_of.today());
    let those = asking.customers_and_staff()?;
    let question = Question::Groups {
        scope: asking.scope.clone(),
        own_filter: Filter::default(),
        sort: GroupSort::default(),
        reversed: false,
    };
    let mut values = Vec::new();
    if let Answer::Groups(page) = asking.ask(&question)? {
        values = super::metrics::of_groups(&page);
    }
    let (how, as_of, scope) = (asking.how, asking.as_of, asking.scope.clone());
    let (workspace, stamp) = asking.workspace()?;
    let sums = workspace.sums(those.whose(period))?;
    let risk = |_| workspace.at_risk(those.whose(period).customers, as_of);
    let at_risk = sums.spend.map(risk).transpose()?;
    values.extend(super::metrics::of_sums(&sums));
    values.push(("value_at_risk", super::metrics::money_or(at_risk)));
    let active = workspace.active(those.whose(period), as_of)?;
    values.push(super::metrics::of_active(active.as_ref()));
    let targets = workspace.targets()?;
    let goals = Goals::new(&targets, scope.org, period, as_of);
    let daily = workspace.daily(&goals)?;
    let goals = goals.paced(daily.as_ref());
    let credited = super::credited::of_staff(&mut asking, &goals, period)?;
    let exact = |code: &str, figure: crate::domain::Figure| match credited.get(code) {
        Some(own) => (*own, own.number()),
        None => (
            figure,
            super::metrics::unrounded(code, &sums).or_else(|| figure.number()),
        ),
    };
    let goals = super::metrics::of_targets(&values, exact, goals, &campaign);
    values.extend(super::metrics::of_campaign(&campaign));
    let late = late(&mut asking, &OF_ALL)?;
    let told = super::metrics::Told {
        late: &late,
        values: &values,
        goals: &goals,
        campaign: campaign.opened(),
        signs: active.as_ref().map_or(&[], |active| &active.signs),
    };
    super::metrics::print_metrics(Some(&stamp), Some(told), how, out)?;
    Ok(Exit::Ok)
}
