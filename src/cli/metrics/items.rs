//! Of how many orders the items are known.

use crate::cli::how::How;
use crate::domain::{Figure, Lang, nearest};

use super::Value;

/// Says of how many orders the items are known, where it is not all of them.
pub fn known(values: &[Value], how: How) -> Option<String> {
    let of = |code: &str| {
        let found = values.iter().find(|(known, _)| *known == code);
        found.map(|(_, figure)| *figure)
    };
    let (Some(Figure::Rate(known)), Some(Figure::Count(orders))) =
        (of("items_per_order"), of("orders"))
    else {
        return None;
    };
    items_line((nearest(known.num), nearest(known.den), orders), how)
}

/// Items, the orders they are known of and all orders in words; nothing to say where they are known of all.
pub fn items_line((items, known, orders): (i64, i64, i64), how: How) -> Option<String> {
    let style = how.style();
    let [n, of, all] = [items, known, orders].map(|n| style.count(n));
    (known != orders).then(|| match how.lang {
        Lang::Zh => {
            format!("件单数、件单价只算有明细的订单: {n} 件 / {of} 单 (支付订单共 {all} 单)")
        }
        Lang::En => format!(
            "items per order and price per item are of the orders with items alone: {n} items / {of} orders (of {all} paid)"
        ),
    })
}
