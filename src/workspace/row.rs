//! Rows read straight from SQL as the panes show them: masked here, where they leave the store.

use crate::domain::{SafeText, mask};
use crate::engine::Disclosure;
use crate::engine::answer::{CustomerDetail, CustomerRow, TimelineEvent};
use crate::store::customers::{Detail, Listed};
use crate::store::timeline::Event;

/// A customer as listed. Scores are the engine's: unknown here.
pub fn shown(one: Listed, disclosure: Disclosure) -> CustomerRow {
    CustomerRow {
        name: match disclosure {
            Disclosure::Masked => SafeText::new(&mask::name(one.name.as_str())),
            Disclosure::Usual | Disclosure::Whole => one.name,
        },
        phone: match disclosure {
            Disclosure::Masked | Disclosure::Usual => {
                SafeText::new(&mask::phone(one.phone.as_str()))
            }
            Disclosure::Whole => one.phone,
        },
        id: one.id,
        gender: one.gender,
        city: one.region,
        tags: one.tags,
        stage: one.stage,
        spend: one.spend,
        orders: one.orders,
        last_purchase: one.last_paid_at,
        last_contact: one.last_contact_at,
        added: one.added_at,
        owner: one.owner,
        source: one.source,
        rfm: None,
        risk: None,
        value_at_risk: None,
    }
}

/// A customer opened: the engine's row when it has one, so that the scores are the list's.
pub fn opened(
    detail: Detail,
    timeline: Vec<Event>,
    listed: Option<CustomerRow>,
    disclosure: Disclosure,
) -> CustomerDetail {
    let hidden = disclosure == Disclosure::Masked;
    let remarks = detail
        .remarks
        .into_iter()
        .map(|(who, remark)| {
            let remark = if hidden {
                SafeText::new(&mask::text(remark.as_str()))
            } else {
                remark
            };
            (who, remark)
        })
        .collect();
    let birthday = match disclosure {
        Disclosure::Masked | Disclosure::Usual => {
            SafeText::new(&mask::birthday(detail.birthday.as_str()))
        }
        Disclosure::Whole => detail.birthday,
    };
    CustomerDetail {
        row: listed.unwrap_or_else(|| shown(detail.listed, disclosure)),
        remarks,
        follows: detail.follows,
        groups: detail.groups,
        birthday,
        timeline: timeline
            .into_iter()
            .map(|e| TimelineEvent {
                at: e.at,
                kind: e.kind,
                what: e.what,
                amount: e.amount,
                who: e.who,
            })
            .collect(),
    }
}
