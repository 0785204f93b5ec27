//! From the parser's events to nodes, with the bounds that hostile YAML makes necessary.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::error::{Broken, Fault};
use super::node::Members;
use super::{Content, Entry, MAX_DEPTH, Node, Position, scalar};

/// The most that copies for anchors and aliases may weigh: about a million nodes.
const MAX_COPIES: usize = 64 << 20;
/// The weight of a node without its text, in bytes.
const NODE_WEIGHT: usize = 64;
const CORE: &str = "tag:yaml.org,2002:";

/// Reads the root of every document; an empty document is null.
pub(super) fn parse(text: &str) -> Result<Vec<Node>, Broken> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| Broken::syntax(position(*error.marker()), error.info()))?;
        builder.take(event, position(span.start))?;
    }
    Ok(builder.roots)
}

fn position(marker: Marker) -> Position {
    Position::after(marker.line().saturating_sub(1), marker.col())
}

#[derive(Default)]
struct Builder {
    roots: Vec<Node>,
    /// The collections that are open, outermost first.
    open: Vec<Open>,
    /// The anchored nodes of this document, by the parser's number.
    anchors: HashMap<usize, Anchored>,
    copied: usize,
}

struct Open {
    position: Position,
    anchor: usize,
    items: Items,
}

enum Items {
    Sequence(Vec<Node>),
    Mapping { members: Members, key: Option<Key> },
}

/// A key whose value has not been read yet.
struct Key {
    position: Position,
    name: Name,
}

enum Name {
    Member(String),
    /// `<<`
    Merge,
}

struct Anchored {
    node: Node,
    size: Size,
}

#[derive(Clone, Copy, Default)]
struct Size {
    weight: usize,
    /// The levels of nested collections; 0 for a scalar.
    height: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, position: Position) -> Result<(), Broken> {
        match event {
            Event::DocumentStart(_) => self.anchors.clear(),
            Event::Scalar(text, style, anchor, tag) => {
                if self.awaits_key() && is_merge(&text, style, tag.as_deref()) {
                    self.put_key(position, Name::Merge);
                    return Ok(());
                }
                let content = scalar(&text, style, tag.as_deref())
                    .map_err(|message| Broken::syntax(position, message))?;
                self.put(Node { position, content }, anchor)?;
            }
            Event::Alias(anchor) => {
                let node = self.expand(anchor, position)?;
                self.put(node, 0)?;
            }
            Event::SequenceStart(anchor, _) => {
                self.open(position, anchor, Items::Sequence(Vec::new()))?;
            }
            Event::MappingStart(anchor, _) => {
                let members = Members::default();
                self.open(position, anchor, Items::Mapping { members, key: None })?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(Open { position, anchor, items }) = self.open.pop() {
                    let content = match items {
                        Items::Sequence(items) => Content::Sequence(items),
                        Items::Mapping { members, .. } => members.into_content(),
                    };
                    self.put(Node { position, content }, anchor)?;
                }
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn open(&mut self, position: Position, anchor: usize, items: Items) -> Result<(), Broken> {
        if self.awaits_key() {
            return Err(no_key(position));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(position));
        }
        self.open.push(Open { position, anchor, items });
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn put(&mut self, node: Node, anchor: usize) -> Result<(), Broken> {
        if anchor != 0 {
            let size = measure(&node);
            self.charge(size, node.position)?;
            let node = node.clone();
            self.anchors.insert(anchor, Anchored { node, size });
        }
        match self.open.last_mut().map(|open| &mut open.items) {
            None => self.roots.push(node),
            Some(Items::Sequence(items)) => items.push(node),
            Some(Items::Mapping { members, key }) => match key.take() {
                None => {
                    let name = scalar::key(&node.content).ok_or_else(|| no_key(node.position))?;
                    self.put_key(node.position, Name::Member(name));
                }
                Some(Key { position, name }) => match name {
                    Name::Merge => merge(members, node)?,
                    Name::Member(key) => members.add(Entry { key, position, value: node })?,
                },
            },
        }
        Ok(())
    }

    fn put_key(&mut self, position: Position, name: Name) {
        if let Some(Open { items: Items::Mapping { key, .. }, .. }) = self.open.last_mut() {
            *key = Some(Key { position, name });
        }
    }

    fn awaits_key(&self) -> bool {
        matches!(self.open.last().map(|open| &open.items), Some(Items::Mapping { key: None, .. }))
    }

    fn expand(&mut self, anchor: usize, position: Position) -> Result<Node, Broken> {
        // The parser knows the name, but its node may be in an earlier document or not complete
        // yet.
        let Some(Anchored { node, size }) = self.anchors.get(&anchor) else {
            let message = "the alias stands in its own anchor, or in another document";
            return Err(Broken::syntax(position, message));
        };
        if self.open.len() + size.height > MAX_DEPTH {
            return Err(too_deep(position));
        }
        let (size, content) = (*size, node.content.clone());
        self.charge(size, position)?;
        Ok(Node { position, content })
    }

    fn charge(&mut self, size: Size, position: Position) -> Result<(), Broken> {
        self.copied = self.copied.saturating_add(size.weight);
        if self.copied > MAX_COPIES {
            return Err(Broken { position, fault: Fault::TooLarge });
        }
        Ok(())
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Content, String> {
    match tag {
        Some(tag) => {
            let full = format!("{}{}", tag.handle, tag.suffix);
            scalar::tagged(text, full.strip_prefix(CORE).unwrap_or_default())
        }
        None if style == ScalarStyle::Plain => scalar::plain(text),
        None => Ok(Content::String(text.to_owned())),
    }
}

fn is_merge(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> bool {
    text == "<<"
        && tag.map_or(style == ScalarStyle::Plain, |tag| {
            tag.is_yaml_core_schema() && tag.suffix == "merge"
        })
}

/// Adds the members of a mapping, or of a list of mappings, of which the earlier ones win.
fn merge(members: &mut Members, value: Node) -> Result<(), Broken> {
    match value.content {
        Content::Mapping(entries) => entries.into_iter().for_each(|entry| members.merge(entry)),
        Content::Sequence(items) if items.iter().all(is_mapping) => {
            for item in items.into_iter().rev() {
                merge(members, item)?;
            }
        }
        _ => {
            let message = "the value of a merge key `<<` must be a mapping or a list of mappings";
            return Err(Broken::syntax(value.position, message));
        }
    }
    Ok(())
}

fn is_mapping(node: &Node) -> bool {
    matches!(node.content, Content::Mapping(_))
}

fn measure(node: &Node) -> Size {
    let (text, children) = match &node.content {
        Content::Null | Content::Bool(_) | Content::Number(_) => (0, None),
        Content::String(text) => (text.len(), None),
        Content::Sequence(items) => (0, Some(within(items.iter().map(measure)))),
        Content::Mapping(entries) => (
            entries.iter().map(|entry| entry.key.len()).sum(),
            Some(within(entries.iter().map(|entry| measure(&entry.value)))),
        ),
    };
    let inside = children.unwrap_or_default();
    Size {
        weight: NODE_WEIGHT + text + inside.weight,
        height: inside.height + usize::from(children.is_some()),
    }
}

fn within(sizes: impl Iterator<Item = Size>) -> Size {
    sizes.fold(Size::default(), |all, one| Size {
        weight: all.weight.saturating_add(one.weight),
        height: all.height.max(one.height),
    })
}

fn no_key(position: Position) -> Broken {
    Broken::syntax(position, "a key must be a string, a number or a boolean")
}

fn too_deep(position: Position) -> Broken {
    Broken { position, fault: Fault::TooDeep }
}
