//! The structure of the document: what a screen reader reads, in its order.

use std::num::NonZeroU16;

use krilla::geom::Rect;
use krilla::tagging::{BBox, Identifier, Node, TableHeaderScope, Tag as Pdf, TagGroup, TagKind, TagTree};

use crate::pdf::canvas::Area;

/// What a piece of the document is.
#[derive(Debug, Clone)]
pub enum Tag {
    /// A part under one heading.
    Section,
    /// A heading of level 1, 2 or 3, and its text.
    Heading(u16, String),
    /// A paragraph.
    Paragraph,
    /// A table; its children are rows.
    Table,
    /// A row; its children are cells.
    Row,
    /// A cell that heads its column.
    ColumnHead,
    /// A cell that heads its row.
    RowHead,
    /// A cell.
    Cell,
    /// A drawing.
    Figure {
        /// What it shows, in words.
        alt: String,
        /// The page it is on, from 0.
        page: usize,
        /// Where on the page.
        area: Area,
    },
}

impl Tag {
    fn kind(&self) -> TagKind {
        match self {
            Self::Section => Pdf::Section.into(),
            Self::Heading(level, title) => {
                Pdf::Hn(NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN), Some(title.clone())).into()
            }
            Self::Paragraph => Pdf::P.into(),
            Self::Table => Pdf::Table.into(),
            Self::Row => Pdf::TR.into(),
            Self::ColumnHead => Pdf::TH(TableHeaderScope::Column).into(),
            Self::RowHead => Pdf::TH(TableHeaderScope::Row).into(),
            Self::Cell => Pdf::TD.into(),
            Self::Figure { alt, page, area } => {
                let bounds = Rect::from_xywh(area.x, area.y, area.width, area.height);
                let bounds = bounds.map(|rect| BBox::new(*page, rect));
                Pdf::Figure(Some(alt.clone())).with_bbox(bounds).into()
            }
        }
    }
}

/// The structure while it grows.
#[derive(Debug, Default)]
pub struct Tree {
    groups: Vec<Group>,
    /// Children of the document.
    roots: Vec<Child>,
    /// The open groups, the innermost last.
    open: Vec<usize>,
    leaves: usize,
}

#[derive(Debug)]
struct Group {
    tag: Tag,
    children: Vec<Child>,
}

#[derive(Debug, Clone, Copy)]
enum Child {
    Group(usize),
    Leaf(usize),
}

/// How far a [`Tree`] had grown.
#[derive(Debug, Clone)]
pub struct Growth {
    groups: usize,
    roots: usize,
    /// The open groups and how many children each has.
    open: Vec<(usize, usize)>,
    leaves: usize,
}

impl Tree {
    /// Opens a group within the innermost open one.
    pub fn open(&mut self, tag: Tag) {
        let group = self.groups.len();
        self.groups.push(Group { tag, children: Vec::new() });
        self.add(Child::Group(group));
        self.open.push(group);
    }

    /// Closes the innermost open group.
    pub fn close(&mut self) {
        self.open.pop();
    }

    /// Adds a leaf to the innermost open group; returns its number.
    pub fn leaf(&mut self) -> usize {
        let leaf = self.leaves;
        self.leaves += 1;
        self.add(Child::Leaf(leaf));
        leaf
    }

    /// How many leaves there are.
    pub fn leaves(&self) -> usize {
        self.leaves
    }

    fn add(&mut self, child: Child) {
        match self.open.last().and_then(|&group| self.groups.get_mut(group)) {
            Some(group) => group.children.push(child),
            None => self.roots.push(child),
        }
    }

    /// How far it has grown.
    pub fn growth(&self) -> Growth {
        let children = |&group: &usize| (group, self.groups.get(group).map_or(0, |group| group.children.len()));
        Growth {
            groups: self.groups.len(),
            roots: self.roots.len(),
            open: self.open.iter().map(children).collect(),
            leaves: self.leaves,
        }
    }

    /// Undoes what has grown since.
    pub fn shrink(&mut self, to: &Growth) {
        self.groups.truncate(to.groups);
        self.roots.truncate(to.roots);
        self.leaves = to.leaves;
        for &(group, children) in &to.open {
            if let Some(group) = self.groups.get_mut(group) {
                group.children.truncate(children);
            }
        }
        self.open = to.open.iter().map(|&(group, _)| group).collect();
    }

    /// The structure as it is written, given what each leaf is on its page.
    pub fn finish(&self, leaves: &[Option<Identifier>], language: &str) -> TagTree {
        let mut tree = TagTree::new().with_lang(Some(language.to_owned()));
        self.roots.iter().filter_map(|&child| self.node(child, leaves)).for_each(|node| tree.push(node));
        tree
    }

    fn node(&self, child: Child, leaves: &[Option<Identifier>]) -> Option<Node> {
        match child {
            Child::Leaf(leaf) => leaves.get(leaf).copied().flatten().map(Node::Leaf),
            Child::Group(group) => {
                let Group { tag, children } = self.groups.get(group)?;
                let children: Vec<Node> = children.iter().filter_map(|&child| self.node(child, leaves)).collect();
                let empty = children.is_empty();
                (!empty).then(|| Node::Group(TagGroup::with_children(tag.kind(), children)))
            }
        }
    }
}
