//! What is drawn where on which page, before any of it is written.
//!
//! Pages are kept whole until the last one is known, since each shows how many there are, and since a block that turns
//! out not to fit is taken back and laid on the next page.

use crate::pdf::colour::Palette;
use crate::pdf::fonts::{Fonts, Weight};
use crate::pdf::sheet::{Align, Rgb};
use crate::pdf::tags::{Growth, Tag, Tree};
use crate::pdf::text::{Paragraph, Style};

/// A rectangle on a page. Points from the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// The left edge.
    pub x: f32,
    /// The upper edge.
    pub y: f32,
    /// The width.
    pub width: f32,
    /// The height.
    pub height: f32,
}

/// Something drawn. Lengths in points.
#[derive(Debug, Clone)]
pub enum Mark {
    /// A line of text.
    Text {
        /// The left end of the baseline.
        x: f32,
        /// The height of the baseline.
        y: f32,
        /// The width without a space at its end.
        #[cfg_attr(not(test), expect(dead_code, reason = "read by the tests of the layout"))]
        width: f32,
        /// How heavy.
        weight: Weight,
        /// The size of the font.
        size: f32,
        /// The colour.
        ink: Rgb,
        /// Clean text.
        text: String,
    },
    /// Rectangles filled as one path.
    Fill {
        /// The rectangles.
        areas: Vec<Area>,
        /// The colour.
        ink: Rgb,
    },
    /// The outline of a rectangle.
    Frame {
        /// The rectangle, in the middle of the stroke.
        area: Area,
        /// The width of the stroke.
        stroke: f32,
        /// The colour.
        ink: Rgb,
    },
    /// Dark modules of a code. Whole numbers keep the file small.
    Modules {
        /// The left edge of the code.
        x: f32,
        /// The upper edge of the code.
        y: f32,
        /// The side of a module.
        module: f32,
        /// The side of the code in modules.
        #[cfg_attr(not(test), expect(dead_code, reason = "read by the tests of the layout"))]
        side: u8,
        /// Runs of modules: column, row, length.
        runs: Vec<(u8, u8, u8)>,
    },
    /// A horizontal dashed line.
    Dashes {
        /// The left end.
        x: f32,
        /// The height.
        y: f32,
        /// The length.
        width: f32,
        /// The colour.
        ink: Rgb,
    },
}

/// What a screen reader makes of marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Content: a leaf of the structure.
    Leaf(usize),
    /// Nothing: rules, grounds.
    Decoration,
    /// Nothing: repeated at the head of pages.
    Head,
    /// Nothing: repeated at the foot of pages.
    Foot,
}

/// Marks of one role.
#[derive(Debug, Clone)]
pub struct Item {
    /// The role.
    pub role: Role,
    /// The marks.
    pub marks: Vec<Mark>,
}

/// An entry of the outline.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The heading.
    pub title: String,
    /// The page from 0.
    pub page: usize,
    /// The upper edge in points.
    pub y: f32,
}

/// The pages and the structure.
#[derive(Debug)]
pub struct Canvas<'a> {
    /// The fonts.
    pub fonts: &'a Fonts,
    /// The colours.
    pub palette: Palette,
    /// What is on each page.
    pub pages: Vec<Vec<Item>>,
    /// The structure.
    pub tree: Tree,
    /// The outline.
    pub outline: Vec<Entry>,
    /// The page drawn on.
    page: usize,
}

/// A state of a [`Canvas`] to come back to.
#[derive(Debug)]
pub struct State {
    pages: usize,
    items: usize,
    growth: Growth,
    outline: usize,
}

impl<'a> Canvas<'a> {
    /// One empty page.
    pub fn new(fonts: &'a Fonts, palette: Palette) -> Self {
        Self { fonts, palette, pages: vec![Vec::new()], tree: Tree::default(), outline: Vec::new(), page: 0 }
    }

    /// The number of the page drawn on, from 0.
    pub fn page(&self) -> usize {
        self.page
    }

    /// Draws on another page that exists.
    pub fn turn_to(&mut self, page: usize) {
        self.page = page.min(self.pages.len().saturating_sub(1));
    }

    /// Adds a page and draws on it.
    pub fn add_page(&mut self) {
        self.pages.push(Vec::new());
        self.page = self.pages.len() - 1;
    }

    /// The state to come back to.
    pub fn state(&self) -> State {
        State {
            pages: self.pages.len(),
            items: self.pages.last().map_or(0, Vec::len),
            growth: self.tree.growth(),
            outline: self.outline.len(),
        }
    }

    /// Comes back to a state.
    pub fn restore(&mut self, state: &State) {
        self.pages.truncate(state.pages);
        if let Some(items) = self.pages.last_mut() {
            items.truncate(state.items);
        }
        self.page = self.pages.len().saturating_sub(1);
        self.tree.shrink(&state.growth);
        self.outline.truncate(state.outline);
    }

    /// Starts a leaf of the open group: marks belong to it until the next start.
    pub fn content(&mut self) {
        let leaf = self.tree.leaf();
        self.start(Role::Leaf(leaf));
    }

    /// Starts marks that no screen reader needs.
    pub fn start(&mut self, role: Role) {
        if let Some(items) = self.pages.get_mut(self.page) {
            items.push(Item { role, marks: Vec::new() });
        }
    }

    /// Whether nothing was drawn since the last start.
    pub fn is_blank(&self) -> bool {
        let item = self.pages.get(self.page).and_then(|items| items.last());
        item.is_none_or(|item| item.marks.is_empty())
    }

    /// Draws within a group of the structure.
    pub fn tagged(&mut self, tag: Tag, draw: impl FnOnce(&mut Self)) {
        self.tree.open(tag);
        draw(self);
        self.tree.close();
    }

    /// Draws a mark.
    pub fn mark(&mut self, mark: Mark) {
        if let Some(item) = self.pages.get_mut(self.page).and_then(|items| items.last_mut()) {
            item.marks.push(mark);
        }
    }

    /// Breaks a text into lines.
    pub fn set(&self, text: &str, style: Style, width: f32) -> Paragraph {
        Paragraph::new(self.fonts, text, style, width)
    }

    /// The width in points of a text in one line.
    pub fn measure(&self, text: &str, style: Style) -> f32 {
        self.set(text, style, f32::INFINITY).width()
    }

    /// Draws a paragraph with its upper edge at `y`, aligned at `x`: its left or its right edge. Returns its lower edge.
    pub fn paragraph(&mut self, x: f32, y: f32, paragraph: &Paragraph, align: Align) -> f32 {
        let style = paragraph.style;
        let mut top = y;
        for line in &paragraph.lines {
            let x = if align == Align::Right { x - line.width } else { x };
            self.mark(Mark::Text {
                x,
                y: top + style.rise(),
                width: line.width,
                weight: style.weight,
                size: style.size,
                ink: style.ink,
                text: line.text.clone(),
            });
            top += style.leading;
        }
        top
    }

    /// Fills a rectangle.
    pub fn fill(&mut self, area: Area, ink: Rgb) {
        self.mark(Mark::Fill { areas: vec![area], ink });
    }

    /// Draws a horizontal line of some thickness below `y`, as decoration.
    pub fn rule(&mut self, x: f32, y: f32, width: f32, thickness: f32, ink: Rgb) {
        self.start(Role::Decoration);
        self.fill(Area { x, y, width, height: thickness }, ink);
    }
}
