//! What must hold within one row of a kind, and what follows from its cells.

use rusqlite::types::Value;

use super::headings;
use super::kind::Kind;
use super::parse;
use super::row::{Fault, Sheet};
use crate::domain::kpi::target::{Misfit, misfit};
use crate::domain::metric::{self, Better, METRICS};
use crate::domain::period::Period;
use crate::domain::period::PeriodKind;
use crate::domain::{Day, SafeText, sentence};

impl Sheet {
    /// Turns one record into a row of its table: its cells, and what the rules of its kind ask of them and make of them.
    pub(super) fn read(&self, fields: &[String], values: &mut Vec<Value>) -> Result<(), Fault> {
        self.cells(fields, values)?;
        self.work_out(&mut Row {
            sheet: self,
            values,
        })
    }

    /// Holds a row against the rules of its kind and fills what follows from its cells.
    fn work_out(&self, row: &mut Row<'_>) -> Result<(), Fault> {
        match self.kind {
            Kind::Orders => row.order(),
            Kind::Refunds => row.refund(),
            Kind::FollowEvents => row.event(),
            Kind::Customers | Kind::Groups => row.set("synced_at", Value::Integer(self.now)),
            Kind::StaffDays => row.set("fetched_at", Value::Integer(self.now)),
            Kind::Departments => row.department(),
            Kind::Campaigns => row.ordered_times("starts_at", "ends_at"),
            Kind::Follows => row.follow(),
            Kind::Targets => row.target(),
            Kind::Incentives => row.measures(&["threshold"]),
            Kind::Staff
            | Kind::TagGroups
            | Kind::Tags
            | Kind::CustomerTags
            | Kind::Journeys
            | Kind::Stages
            | Kind::CustomerStages
            | Kind::Channels
            | Kind::GroupMembers
            | Kind::GroupDays
            | Kind::OrderItems
            | Kind::Costs
            | Kind::CampaignSteps => Ok(()),
        }
    }
}

/// The status of a relation that ended, nobody says how.
pub(super) const GONE: &str = "unknown_gone";

/// What the key of a buyer begins with whom nothing tells apart: the order is all that is known.
pub(super) const ALONE: &str = "order:";

/// The values of one row by the names of their columns.
pub(super) struct Row<'a> {
    pub(super) sheet: &'a Sheet,
    pub(super) values: &'a mut Vec<Value>,
}

impl Row<'_> {
    fn get(&self, field: &str) -> &Value {
        self.sheet
            .slot(field)
            .and_then(|at| self.values.get(at))
            .unwrap_or(&Value::Null)
    }

    fn int(&self, field: &str) -> Option<i64> {
        match self.get(field) {
            Value::Integer(n) => Some(*n),
            Value::Null | Value::Real(_) | Value::Text(_) | Value::Blob(_) => None,
        }
    }

    fn text(&self, field: &str) -> Option<&str> {
        match self.get(field) {
            Value::Text(text) => Some(text),
            Value::Null | Value::Integer(_) | Value::Real(_) | Value::Blob(_) => None,
        }
    }

    fn real(&self, field: &str) -> Option<f64> {
        match self.get(field) {
            Value::Real(x) => Some(*x),
            Value::Null | Value::Integer(_) | Value::Text(_) | Value::Blob(_) => None,
        }
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "ends the rules of a kind, which may fail"
    )]
    pub(super) fn set(&mut self, field: &str, value: Value) -> Result<(), Fault> {
        if let Some(slot) = self
            .sheet
            .slot(field)
            .and_then(|at| self.values.get_mut(at))
        {
            *slot = value;
        }
        Ok(())
    }

    fn fill(&mut self, field: &str, value: Value) -> Result<(), Fault> {
        if *self.get(field) == Value::Null {
            self.set(field, value)
        } else {
            Ok(())
        }
    }

    fn biz_date(&mut self, of: &str) -> Result<(), Fault> {
        let day = self.int(of).map_or(Value::Null, |at| {
            Value::Text(parse::biz_date(at, self.sheet.zone))
        });
        self.set("biz_date", day)
    }

    /// Paid by `paid_at`; an unpaid order's amount is what it would cost, not money received.
    pub(super) fn order(&mut self) -> Result<(), Fault> {
        let (paid_at, amount) = (self.int("paid_at"), self.int("paid_fen").unwrap_or(0));
        let status = if paid_at.is_some() { "paid" } else { "created" };
        self.fill("status", Value::Text(status.into()))?;
        match (paid_at, self.text("status")) {
            (None, Some(status @ ("paid" | "completed"))) => {
                let theirs = headings::called(status);
                return Err((
                    "status",
                    sentence!(
                        "是 {theirs}, 却没有付款时间 (paid_at)",
                        "is {theirs}, but paid_at is empty",
                    ),
                ));
            }
            (Some(_), Some("created")) => {
                let theirs = headings::called("created");
                return Err((
                    "status",
                    sentence!(
                        "是 {theirs}, 却有付款时间 (paid_at)",
                        "is {theirs}, but paid_at is given",
                    ),
                ));
            }
            _ => {}
        }
        self.fill("list_fen", Value::Integer(amount))?;
        if paid_at.is_none() {
            self.set("paid_fen", Value::Integer(0))?;
        }
        if let Some(at) = paid_at {
            self.fill("ordered_at", Value::Integer(at))?;
        }
        if self.int("ordered_at").is_none() {
            return Err((
                "ordered_at",
                sentence!(
                    "未支付的订单必须有下单时间 (ordered_at)",
                    "is needed for an order that is not paid"
                ),
            ));
        }
        self.fill("source", Value::Text("other".into()))?;
        self.buyer()?;
        self.biz_date("paid_at")
    }

    /// Who bought, for orders of nobody in the pool: the phone before any other key. What is masked may be anybody's.
    fn buyer(&mut self) -> Result<(), Fault> {
        let whole = |row: &Self, field: &str| {
            let text = row.text(field).filter(|text| !text.contains('*'));
            text.map(str::to_owned)
        };
        let phone = whole(self, "phone");
        self.set("phone", phone.clone().map_or(Value::Null, Value::Text))?;
        let person = self.text("external_userid").map(str::to_owned);
        let named = whole(self, "buyer_key");
        let key = match (person, named) {
            (Some(_), Some(named)) => named,
            (Some(person), None) => person,
            (None, named) => phone
                .or(named)
                .unwrap_or_else(|| format!("{ALONE}{}", self.text("order_id").unwrap_or_default())),
        };
        self.set("buyer_key", Value::Text(key))
    }

    /// A relation that ended is no live one: where nobody says how it ended, it is gone.
    pub(super) fn follow(&mut self) -> Result<(), Fault> {
        let has_ended = self.int("ended_at").is_some();
        if has_ended && self.text("status") == Some("active") {
            return Err((
                "status",
                sentence!(
                    "是 active, 却有 ended_at",
                    "is active, but ended_at is given"
                ),
            ));
        }
        let status = if has_ended { GONE } else { "active" };
        self.fill("status", Value::Text(status.into()))?;
        self.ordered_times("added_at", "ended_at")
    }

    /// What was given back; some shops write it as an amount below zero.
    pub(super) fn refund(&mut self) -> Result<(), Fault> {
        if let Some(fen) = self.int("amount_fen") {
            self.set("amount_fen", Value::Integer(fen.abs()))?;
        }
        self.biz_date("refunded_at")
    }

    /// An event without a key of its own is known by what happened when between whom.
    pub(super) fn event(&mut self) -> Result<(), Fault> {
        let at = self.int("occurred_at").unwrap_or(0);
        let [kind, guide, person] =
            ["kind", "userid", "external_userid"].map(|f| self.text(f).unwrap_or_default());
        let key = format!("{kind}:{at}:{guide}:{person}");
        if key.chars().count() > 256 {
            return Err((
                "dedup_key",
                sentence!(
                    "必须填写: 编号太长, 不能自动生成",
                    "is needed: the ids are too long to make one"
                ),
            ));
        }
        self.fill("dedup_key", Value::Text(key))?;
        self.biz_date("occurred_at")
    }

    /// WeCom's root has parent 0.
    pub(super) fn department(&mut self) -> Result<(), Fault> {
        if self.int("parent_id") == Some(0) {
            self.set("parent_id", Value::Null)?;
        }
        if self.int("parent_id").is_some() && self.int("parent_id") == self.int("dept_id") {
            return Err((
                "parent_id",
                sentence!("是部门自己", "is the department itself"),
            ));
        }
        Ok(())
    }

    pub(super) fn ordered_times(&mut self, from: &str, to: &'static str) -> Result<(), Fault> {
        match (self.int(from), self.int(to)) {
            (Some(a), Some(b)) if b < a => Err((to, sentence!("早于 {from}", "is before {from}"))),
            _ => Ok(()),
        }
    }

    pub(super) fn target(&mut self) -> Result<(), Fault> {
        self.fill("subject_id", Value::Text(String::new()))?;
        self.whole_workspace()?;
        if self.text("subject_id") == Some("") && self.text("subject_kind") != Some("workspace") {
            return Err(("subject_id", sentence!("是空的", "is empty")));
        }
        if self.text("period_end") < self.text("period_start") {
            return Err((
                "period_end",
                sentence!("早于 period_start", "is before period_start"),
            ));
        }
        self.span_of_target()?;
        let values = ["target_value", "floor_value", "stretch_value"];
        self.measures(&values)?;
        let below = |field: &&str| matches!(self.get(field), Value::Real(x) if *x < 0.0);
        if let Some(field) = values.into_iter().find(below) {
            return Err((field, sentence!("是负数", "is negative")));
        }
        let by_campaign = self.text("subject_kind") == Some("campaign");
        let metric = metric::find(self.text("metric_code").unwrap_or_default());
        if metric.is_some_and(|metric| !metric.can_be_aimed_at(by_campaign)) {
            let codes = metric::aims(by_campaign);
            let why = sentence!(
                "没有可对照的数; 可设目标的指标: {codes}",
                "has no figure that is held against its target; those that have: {codes}",
            );
            return Err(("metric_code", why));
        }
        let [target, floor, stretch] = values.map(|field| self.real(field));
        let better = metric.map_or(Better::Higher, |metric| metric.better);
        match misfit(target.unwrap_or_default(), (floor, stretch), better) {
            None => Ok(()),
            Some(Misfit::Stretch) => Err((
                "stretch_value",
                sentence!("达不到目标", "falls short of the target"),
            )),
            Some(Misfit::Floor) => Err((
                "floor_value",
                sentence!("超过了目标", "lies beyond the target"),
            )),
        }
    }

    /// The workspace has no id: who writes what it is called means it, and anybody else is none of it.
    fn whole_workspace(&mut self) -> Result<(), Fault> {
        const KIND: &str = "workspace";
        let said = self.text("subject_id").unwrap_or_default().trim();
        if self.text("subject_kind") != Some(KIND) || said.is_empty() {
            return Ok(());
        }
        if headings::word(said, &[KIND]).is_some() {
            return self.set("subject_id", Value::Text(String::new()));
        }
        let why = sentence!(
            "整个工作区没有编号: 请留空, 或把对象类型改成部门、员工、活动等",
            "must be empty for the whole workspace, or subject_kind be that of a part of it",
        );
        Err(("subject_id", why))
    }

    /// A target is held against exactly the day, week, month, quarter or year that it is of; a campaign's against its days.
    fn span_of_target(&self) -> Result<(), Fault> {
        let day = |field: &str| self.text(field).and_then(Day::parse);
        let kind = self.text("period_kind").and_then(PeriodKind::parse);
        let (Some(kind), Some(from), Some(to)) = (kind, day("period_start"), day("period_end"))
        else {
            return Ok(());
        };
        let is_campaigns = self.text("subject_kind") == Some("campaign");
        if is_campaigns != (kind == PeriodKind::Campaign) {
            let why = sentence!(
                "活动的目标, 也只有活动的目标, 写 campaign (活动期)",
                "must be campaign for a campaign, and for nothing else",
            );
            return Err(("period_kind", why));
        }
        let unit = Period::unit(kind, from);
        if is_campaigns || (unit.from, unit.to) == (from, to) {
            return Ok(());
        }
        let field = if unit.from == from {
            "period_end"
        } else {
            "period_start"
        };
        let (kind, from, to) = (kind.as_str(), unit.from, unit.to);
        let why = sentence!(
            "不合周期 {kind}: 应为 {from} 到 {to}",
            "does not fit the {kind}, which is {from} to {to}",
        );
        Err((field, why))
    }

    /// Reads the metric by its code or its name, and amounts in its unit: yuan where it is money.
    pub(super) fn measures(&mut self, fields: &[&'static str]) -> Result<(), Fault> {
        let said = self.text("metric_code").unwrap_or_default();
        let Some(metric) = metric::named(said) else {
            let codes: Vec<&str> = METRICS.iter().map(|metric| metric.code).collect();
            let shown: String = said.chars().take(24).collect();
            let shown = SafeText::new(&shown);
            let codes = codes.join(", ");
            let why = sentence!(
                "不是指标: `{shown}`; 可用名称 (caopan metrics) 或代码: {codes}",
                "is no metric: `{shown}`; there are {codes}",
            );
            return Err(("metric_code", why));
        };
        self.set("metric_code", Value::Text(metric.code.into()))?;
        for field in fields {
            if let Some(text) = self.text(field) {
                let shown: String = text.chars().take(24).collect();
                let shown = SafeText::new(&shown);
                let value = parse::measure(text, metric.unit).map_err(|why| {
                    (
                        *field,
                        sentence!("{why}: `{shown}`", "{why}: `{shown}`", why = why),
                    )
                })?;
                if let Value::Real(x) = value
                    && let Some(why) = metric.is_beyond_the_whole(text, x)
                {
                    return Err((*field, why));
                }
                self.set(field, value)?;
            }
        }
        Ok(())
    }
}
