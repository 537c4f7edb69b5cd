//! The way down the pages: where the next block goes, and when a page is full.

use crate::pdf::canvas::{Canvas, Entry};
use crate::pdf::sheet::Align;
use crate::pdf::style;
use crate::pdf::tags::Tag;
use crate::pdf::text::Paragraph;

/// The width of A4 in points.
pub const PAGE_WIDTH: f32 = 595.276;
/// The height of A4 in points.
pub const PAGE_HEIGHT: f32 = 841.89;
/// The left edge of the text.
pub const LEFT: f32 = 48.0;
/// The width of the text.
pub const WIDTH: f32 = PAGE_WIDTH - 2.0 * LEFT;
/// The right edge of the text.
pub const RIGHT: f32 = LEFT + WIDTH;
/// The upper edge of the first page.
pub const TOP: f32 = 40.0;
/// The upper edge of the other pages, below their running head.
pub const NEXT_TOP: f32 = 66.0;
/// The lower edge of the text; the foot of the page comes below.
pub const BOTTOM: f32 = PAGE_HEIGHT - 50.0;

/// A cursor over the pages.
#[derive(Debug)]
pub struct Flow<'a> {
    /// What is drawn.
    pub canvas: Canvas<'a>,
    /// Where the next block starts, in points from the top.
    pub y: f32,
    /// Where the text of the first page ends: above the payment slip.
    pub first_bottom: f32,
    /// The height of a block that fits no page, if there was one.
    pub too_tall: Option<f32>,
}

impl<'a> Flow<'a> {
    /// Starts at the top of the first page.
    pub fn new(canvas: Canvas<'a>) -> Self {
        Self { canvas, y: TOP, first_bottom: BOTTOM, too_tall: None }
    }

    /// The room left on the page, in points.
    pub fn room(&self) -> f32 {
        (if self.canvas.page() == 0 { self.first_bottom } else { BOTTOM }) - self.y
    }

    /// Whether nothing stands on this page yet.
    pub fn at_top(&self) -> bool {
        self.y <= if self.canvas.page() == 0 { TOP } else { NEXT_TOP }
    }

    /// Makes sure of room for a block, on the next page if need be. Returns whether a page was turned.
    pub fn need(&mut self, height: f32) -> bool {
        let turns = height > self.room() && !self.at_top();
        if turns {
            self.turn();
        }
        if height > self.room() {
            self.too_tall = Some(height);
        }
        turns
    }

    fn turn(&mut self) {
        self.canvas.add_page();
        self.y = NEXT_TOP;
    }

    /// Leaves a space, unless at the top of a page.
    pub fn space(&mut self, height: f32) {
        if !self.at_top() {
            self.y += height;
        }
    }

    /// Lays a block on one page if it fits one: what does not fit the rest of this page is taken back and laid on the
    /// next. A block taller than a page goes on as it breaks.
    pub fn keep(&mut self, lay: impl Fn(&mut Self)) {
        let (state, y, at_top, too_tall) = (self.canvas.state(), self.y, self.at_top(), self.too_tall);
        let pages = self.canvas.pages.len();
        lay(self);
        if self.canvas.pages.len() > pages && !at_top {
            self.canvas.restore(&state);
            self.y = y;
            self.too_tall = too_tall;
            self.turn();
            lay(self);
        }
    }

    /// Draws a heading of a section and lists it in the outline. The caller keeps it with what follows.
    pub fn heading(&mut self, text: &str) {
        let heading = self.canvas.set(text, style::heading(&self.canvas.palette), WIDTH).at_most(3);
        if heading.lines.is_empty() {
            return;
        }
        self.space(style::SECTION_GAP);
        self.need(heading.height() + 4.0);
        self.y = place_heading(&mut self.canvas, LEFT, self.y, &heading) + 4.0;
    }

    /// Draws a paragraph that may go on on the next page.
    pub fn paragraph(&mut self, paragraph: &Paragraph) {
        if paragraph.lines.is_empty() {
            return;
        }
        self.canvas.tree.open(Tag::Paragraph);
        let leading = paragraph.style.leading;
        let mut rest = paragraph.clone();
        while !rest.lines.is_empty() {
            self.need(leading);
            let mut height = 0.0;
            let fitting = rest.lines.iter().take_while(|_| {
                height += leading;
                height <= self.room()
            });
            let tail = rest.lines.split_off(fitting.count().max(1));
            self.canvas.content();
            self.y = self.canvas.paragraph(LEFT, self.y, &rest, Align::Left);
            rest.lines = tail;
        }
        self.canvas.tree.close();
    }
}

/// Draws a heading of level 2 anywhere and lists it in the outline. Returns its lower edge.
pub fn place_heading(canvas: &mut Canvas<'_>, x: f32, y: f32, heading: &Paragraph) -> f32 {
    let title = heading.text();
    if title.is_empty() {
        return y;
    }
    canvas.outline.push(Entry { title: title.clone(), page: canvas.page(), y });
    let mut bottom = y;
    canvas.tagged(Tag::Heading(2, title), |canvas| {
        canvas.content();
        bottom = canvas.paragraph(x, y, heading, Align::Left);
    });
    bottom
}
