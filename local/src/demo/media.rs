//! Small playable and viewable files, generated so that the repository holds no binaries.

use std::io::Cursor;

use hound::{SampleFormat, WavSpec, WavWriter};
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str};
use shared::error::Error;

/// Telephone sample rate, in hertz.
const RATE: u32 = 8_000;

/// A melody of this length: four notes a second, eight bits a sample. `seed` picks the tune.
pub fn wav(seconds: u32, seed: u32) -> Result<Vec<u8>, Error> {
    let failed = |error: hound::Error| Error::internal(error.to_string());
    let spec = WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 8, sample_format: SampleFormat::Int };
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file, spec).map_err(failed)?;
    for sample in 0..seconds * RATE {
        let note = (sample / (RATE / 4) + seed) * 5 % 7;
        writer.write_sample(triangle(sample, 16 + 3 * note)).map_err(failed)?;
    }
    writer.finalize().map_err(failed)?;
    Ok(file.into_inner())
}

/// A triangle wave with this many samples from peak to peak.
fn triangle(sample: u32, period: u32) -> i8 {
    let at = i64::from(sample % period);
    let half = i64::from(period / 2).max(1);
    let height = if at < half { at } else { i64::from(period) - at };
    i8::try_from(height * 80 / half - 40).unwrap_or_default()
}

/// Samples and bytes of a frame below.
const FRAME_SAMPLES: u32 = 1_152;
const FRAME_RATE: u32 = 32_000;
const FRAME: usize = 144;

/// Silence of at least this length, as MPEG-1 layer III: 32 kbit/s, 32 kHz, mono, no checksum. A frame is its header
/// and zeros: side information of zeros means that no audio data follows.
pub fn mp3(seconds: u32) -> Vec<u8> {
    let mut frame = [0; FRAME];
    frame[..4].copy_from_slice(&[0xFF, 0xFB, 0x18, 0xC0]);
    let frames = (seconds * FRAME_RATE).div_ceil(FRAME_SAMPLES);
    frame.repeat(usize::try_from(frames).unwrap_or_default())
}

/// An A4 page with a title and lines of text, in the letters of western Europe.
pub fn pdf(title: &str, lines: &[String]) -> Vec<u8> {
    let [catalog, tree, page, regular, bold, text] = [1, 2, 3, 4, 5, 6].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids([page]).count(1);
    let mut sheet = pdf.page(page);
    sheet.parent(tree).media_box(Rect::new(0.0, 0.0, 595.0, 842.0)).contents(text);
    sheet.resources().fonts().pair(Name(b"R"), regular).pair(Name(b"B"), bold);
    sheet.finish();
    for (font, name) in [(regular, &b"Helvetica"[..]), (bold, &b"Helvetica-Bold"[..])] {
        pdf.type1_font(font).base_font(Name(name)).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    let mut content = Content::new();
    content.begin_text().set_leading(24.0).next_line(72.0, 760.0);
    content.set_font(Name(b"B"), 18.0).show(Str(&encoded(title))).next_line_using_leading();
    content.set_font(Name(b"R"), 12.0);
    for line in lines {
        content.next_line_using_leading().show(Str(&encoded(line)));
    }
    content.end_text();
    pdf.stream(text, &content.finish());
    pdf.finish()
}

/// In `WinAnsiEncoding`, which has the letters of Spanish where Latin-1 has them; any other is a question mark.
fn encoded(text: &str) -> Vec<u8> {
    let byte = |letter: char| match u32::from(letter) {
        0x80..=0x9F => b'?',
        code => u8::try_from(code).unwrap_or(b'?'),
    };
    text.chars().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wav_is_as_long_as_its_call() {
        let bytes = wav(3, 7001).unwrap();
        let reader = hound::WavReader::new(Cursor::new(&bytes)).unwrap();
        assert_eq!((reader.spec().sample_rate, reader.duration()), (RATE, 3 * RATE));
        let samples: Vec<i8> = reader.into_samples().map(|sample| sample.unwrap()).collect();
        assert!(samples.iter().max() > Some(&30) && samples.iter().min() < Some(&-30));
    }

    #[test]
    fn an_mp3_is_whole_frames() {
        let bytes = mp3(3);
        assert_eq!(bytes.len() % FRAME, 0);
        assert!(bytes.chunks(FRAME).all(|frame| frame.starts_with(&[0xFF, 0xFB])));
        // At 32 kbit/s and 32 kHz a frame of 1152 samples has 144 bytes.
        assert_eq!(FRAME_SAMPLES / 8 * 32_000 / FRAME_RATE, 144);
    }

    #[test]
    fn a_pdf_says_what_it_is() {
        let bytes = pdf("Contrato (1)", &["Cliente".to_owned()]);
        assert!(bytes.starts_with(b"%PDF-1.") && bytes.ends_with(b"%%EOF"));
        let accents = pdf("Otrosí", &["Asunción, Ñuflo, €".to_owned()]);
        let has = |wanted: &[u8]| accents.windows(wanted.len()).any(|found| found == wanted);
        assert!(has(b"<4F74726F73ED>"), "Latin-1, in hexadecimal");
        assert_eq!(encoded("Asunción, Ñuflo, €\u{85}"), b"Asunci\xF3n, \xD1uflo, ??");
    }
}
