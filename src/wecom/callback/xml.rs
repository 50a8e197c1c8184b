//! The XML of a callback: one level of words, nothing of what XML can do besides.

use std::collections::BTreeMap;

use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::{CallbackError, LONGEST};

/// Elements of one document at most.
const MOST: usize = 10_000;
/// Nesting at most: the root, a list, its items.
const DEEPEST: usize = 6;

/// The words of a document: the text of each element that holds text, by the element's name, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(BTreeMap<String, Vec<String>>);

impl Words {
    /// Reads a document. A document type, entities of its own and instructions are refused.
    pub fn read(text: &str) -> Result<Self, CallbackError> {
        let wrong = CallbackError::Xml;
        if text.len() > LONGEST {
            return Err(wrong(("太长", "it is too long")));
        }
        let mut reader = Reader::from_str(text);
        let (mut words, mut open, mut seen) = (Self::default(), Vec::<(String, String)>::new(), 0);
        loop {
            match reader
                .read_event()
                .map_err(|_| wrong(("不合 XML 的写法", "it is not well formed")))?
            {
                Event::Start(start) => {
                    seen += 1;
                    if seen > MOST || open.len() >= DEEPEST {
                        return Err(wrong(("部分太多", "it has too many parts")));
                    }
                    let name = String::from_utf8_lossy(start.name().as_ref().as_ref()).into_owned();
                    open.push((name, String::new()));
                }
                Event::Empty(_) => seen += 1,
                Event::End(_) => {
                    let Some((name, word)) = open.pop() else {
                        return Err(wrong(("不合 XML 的写法", "it is not well formed")));
                    };
                    if !word.trim().is_empty() {
                        words
                            .0
                            .entry(name)
                            .or_default()
                            .push(word.trim().to_owned());
                    }
                }
                Event::Text(text) => push(&mut open, &text.xml10_content()),
                Event::CData(text) => push(&mut open, &text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let known = match reference.resolve_char_ref() {
                        Ok(Some(c)) => Some(c.to_string()),
                        Ok(None) => named(&reference.xml10_content()).map(str::to_owned),
                        Err(_) => None,
                    };
                    push(
                        &mut open,
                        &known.ok_or(wrong(("引用了实体", "it names an entity")))?,
                    );
                }
                Event::DocType(_) => return Err(wrong(("带有文档类型", "it has a document type"))),
                Event::PI(_) => return Err(wrong(("带有处理指令", "it has instructions"))),
                Event::Comment(_) | Event::Decl(_) => {}
                Event::Eof => break,
            }
            if seen > MOST {
                return Err(wrong(("部分太多", "it has too many parts")));
            }
        }
        if !open.is_empty() || seen == 0 {
            return Err(wrong(("不合 XML 的写法", "it is not well formed")));
        }
        Ok(words)
    }

    /// The first word of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).first().map(String::as_str)
    }

    /// All words of that name.
    pub fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// An id: 1 to 128 bytes, no control character.
    pub fn id(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|id| is_id(id))
    }

    /// A whole number.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.get(name)?.parse().ok()
    }
}

/// Whether a word may be an id of the store.
pub(super) fn is_id(word: &str) -> bool {
    (1..=128).contains(&word.len()) && !word.chars().any(char::is_control)
}

fn push(open: &mut [(String, String)], text: &str) {
    if let Some((_, word)) = open.last_mut() {
        word.push_str(text);
    }
}

fn named(entity: &str) -> Option<&'static str> {
    Some(match entity {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_with_their_quotes_taken_off() {
        let words = Words::read(
            "<xml><A><![CDATA[a<b]]></A><B>1 &lt; 2&#x21;</B><L><Item>x</Item><Item><![CDATA[y]]></Item></L><E/></xml>",
        )
        .unwrap();
        assert_eq!(
            (words.get("A"), words.get("B"), words.get("E")),
            (Some("a<b"), Some("1 < 2!"), None)
        );
        assert_eq!(words.all("Item"), ["x", "y"]);
    }

    #[test]
    fn entities_document_types_and_bombs_are_refused() {
        let deep = format!("{}{}", "<a>".repeat(50), "</a>".repeat(50));
        let wide = format!("<x>{}</x>", "<a/>".repeat(MOST + 1));
        let long = format!("<x>{}</x>", "a".repeat(LONGEST));
        for bad in [
            "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>",
            "<!DOCTYPE x SYSTEM 'http://example.com/x.dtd'><x/>",
            "<x>&e;</x>",
            "<x>&#xD800;</x>",
            "<?php x?><x/>",
            "<x><a></x>",
            "<x>",
            "",
            "text",
            &deep,
            &wide,
            &long,
        ] {
            assert!(
                Words::read(bad).is_err(),
                "{}",
                bad.chars().take(60).collect::<String>()
            );
        }
    }
}
