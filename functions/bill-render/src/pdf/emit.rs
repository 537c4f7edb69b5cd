//! Pages and structure written as a PDF that obeys PDF/UA-1.

use krilla::Document;
use krilla::SerializeSettings;
use krilla::color::rgb;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::error::KrillaError;
use krilla::geom::{Path, PathBuilder, Point, Rect, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag};

use crate::pdf::canvas::{Area, Canvas, Entry, Mark, Role};
use crate::pdf::error::Error;
use crate::pdf::flow::{PAGE_HEIGHT, PAGE_WIDTH};
use crate::pdf::fonts::Fonts;
use crate::pdf::sheet::{Day, Rgb};

/// The height of a row of modules, of which each is 1 wide: rows overlap a little, so that no viewer shows a seam.
const MODULE_HEIGHT: f32 = 1.02;

/// What a viewer tells about the document.
#[derive(Debug)]
pub struct About {
    /// The title; not empty.
    pub title: String,
    /// Who made it.
    pub author: String,
    /// BCP 47 tag.
    pub language: String,
    /// The day of creation.
    pub created: Option<Day>,
}

/// The bytes of the PDF. The same pages give the same bytes.
pub fn write(canvas: &Canvas<'_>, about: &About) -> Result<Vec<u8>, Error> {
    let configuration = ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| Error::Pdf(format!("{error:?}")))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let mut leaves: Vec<Option<Identifier>> = vec![None; canvas.tree.leaves()];
    for items in &canvas.pages {
        let settings = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT);
        let mut page = document.start_page_with(settings.unwrap_or_default());
        let mut surface = page.surface();
        for item in items.iter().filter(|item| !item.marks.is_empty()) {
            let identifier = surface.start_tagged(content_tag(item.role, &item.marks));
            if let Role::Leaf(leaf) = item.role
                && let Some(slot) = leaves.get_mut(leaf)
            {
                *slot = Some(identifier);
            }
            item.marks.iter().for_each(|mark| draw(&mut surface, canvas.fonts, mark));
            surface.end_tagged();
        }
        surface.finish();
        page.finish();
    }
    document.set_outline(outline(&canvas.outline));
    document.set_tag_tree(canvas.tree.finish(&leaves, &about.language));
    document.set_metadata(metadata(about));
    document.finish().map_err(|error| Error::Pdf(reason(&error)))
}

fn reason(error: &KrillaError) -> String {
    match error {
        KrillaError::Validation(errors) => format!("{:?}", errors.iter().map(|(error, _)| error).collect::<Vec<_>>()),
        other => other.to_string(),
    }
}

fn metadata(about: &About) -> Metadata {
    let metadata = Metadata::new().title(about.title.clone()).language(about.language.clone());
    let metadata = if about.author.is_empty() { metadata } else { metadata.authors(vec![about.author.clone()]) };
    match about.created {
        Some(Day { year, month, day }) => metadata.creation_date(DateTime::new(year).month(month).day(day)),
        None => metadata,
    }
}

/// The first entry heads the others.
fn outline(entries: &[Entry]) -> Outline {
    let node = |entry: &Entry| {
        OutlineNode::new(entry.title.clone(), XyzDestination::new(entry.page, Point::from_xy(0.0, entry.y)))
    };
    let mut outline = Outline::new();
    if let Some((first, rest)) = entries.split_first() {
        let mut root = node(first);
        for entry in rest {
            root.push_child(node(entry));
        }
        outline.push_child(root);
    }
    outline
}

fn content_tag(role: Role, marks: &[Mark]) -> ContentTag<'static> {
    let artifact = |kind| ContentTag::Artifact(Artifact::with_kind(kind));
    match role {
        Role::Leaf(_) if marks.iter().all(|mark| matches!(mark, Mark::Text { .. })) => {
            ContentTag::Span(SpanTag::empty())
        }
        Role::Leaf(_) => ContentTag::Other,
        Role::Decoration => artifact(ArtifactType::Layout),
        Role::Head => artifact(ArtifactType::Header),
        Role::Foot => artifact(ArtifactType::Footer),
    }
}

fn draw(surface: &mut Surface<'_>, fonts: &Fonts, mark: &Mark) {
    surface.set_stroke(None);
    match mark {
        Mark::Text { x, y, weight, size, ink, text, .. } => {
            let face = fonts.face(*weight);
            surface.set_fill(Some(fill(*ink)));
            surface.draw_glyphs(
                Point::from_xy(round(*x), round(*y)),
                &face.shape(text),
                face.font.clone(),
                text,
                *size,
                false,
            );
        }
        Mark::Fill { areas, ink } => {
            surface.set_fill(Some(fill(*ink)));
            if let Some(path) = rectangles(areas) {
                surface.draw_path(&path);
            }
        }
        Mark::Modules { x, y, module, runs, .. } => {
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke { width: MODULE_HEIGHT, ..line(Rgb(0, 0, 0)) }));
            if let Some(path) = modules(runs) {
                let (x, y) = (round(*x), round(y + module / 2.0));
                surface.push_transform(&Transform::from_row(*module, 0.0, 0.0, *module, x, y));
                surface.draw_path(&path);
                surface.pop();
            }
        }
        Mark::Frame { area, stroke, ink } => {
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke { width: *stroke, ..line(*ink) }));
            if let Some(path) = rectangles(&[*area]) {
                surface.draw_path(&path);
            }
        }
        Mark::Dashes { x, y, width, ink } => {
            surface.set_fill(None);
            let dash = Some(StrokeDash { array: vec![4.0, 3.0], offset: 0.0 });
            surface.set_stroke(Some(Stroke { width: 0.75, dash, ..line(*ink) }));
            let mut path = PathBuilder::new();
            path.move_to(round(*x), round(*y));
            path.line_to(round(x + width), round(*y));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
    }
}

fn rectangles(areas: &[Area]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for area in areas {
        let (right, bottom) = (round(area.x + area.width), round(area.y + area.height));
        if let Some(rect) = Rect::from_ltrb(round(area.x), round(area.y), right, bottom) {
            path.push_rect(rect);
        }
    }
    path.finish()
}

/// Runs of modules as lines from the middle of their left to the middle of their right edge, a module being 1 wide.
fn modules(runs: &[(u8, u8, u8)]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for &(column, row, length) in runs {
        path.move_to(column.into(), row.into());
        path.line_to(f32::from(column) + f32::from(length), row.into());
    }
    path.finish()
}

/// Finer than any printer, and shorter in the file.
fn round(length: f32) -> f32 {
    (length * 100.0).round() / 100.0
}

fn fill(ink: Rgb) -> Fill {
    Fill { paint: colour(ink).into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
}

fn line(ink: Rgb) -> Stroke {
    Stroke { paint: colour(ink).into(), ..Stroke::default() }
}

fn colour(Rgb(red, green, blue): Rgb) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}
