"""Make the two fonts that bills are set in, from the variable font Inter.

    pip install fonttools==4.68.0 fontpkg-inter==4.1
    python make.py

The same versions give the same bytes. What it changes, and why:

- one static font per weight, drawn for text sizes (opsz 14);
- the characters of CHARACTERS only;
- digits, decimal signs and spaces are the tabular ones, so columns of amounts align without font features;
- kerning of the letters in KERNED as a plain 'kern' table of pairs; GPOS and GSUB go, since the page half does not
  shape text.
"""

import shutil
from pathlib import Path

import fontpkg_inter
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._k_e_r_n import KernTable_format_0
from fontTools.varLib.instancer import instantiateVariableFont

HERE = Path(__file__).parent
SOURCE = fontpkg_inter.ROOT / "files" / "Inter[opsz,wght].ttf"
WEIGHTS = {"Regular": 400, "Bold": 700}

# Seconds since 1904, as 'head' counts them: 2024-01-01T00:00:00Z.
MODIFIED = 3_786_912_000

CHARACTERS = (
    set(range(0x20, 0x7F))
    | set(range(0xA0, 0x180)) - {0xAD, 0x149}
    | {0x218, 0x219, 0x21A, 0x21B, 0x1E9E, 0x1EBC, 0x1EBD, 0x1EF8, 0x1EF9}
    # Combining marks, for letters that have no code point of their own.
    | {0x300, 0x301, 0x302, 0x303, 0x304, 0x306, 0x307, 0x308, 0x30A, 0x30C, 0x327, 0x328}
    | {ord(sign) for sign in "‐–—‘’‚“”„†•…‰′″‹›\u202f\u2009⁄₡₦₱₲€₿№™←→↑↓−×÷±≈≠≤≥✓✗"}
)
TABULAR = set("0123456789+−,.\u00a0 ")
KERNED = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzÁÉÍÑÓÚÜáéíñóúüãẽĩõũỹ.,-–:’“”")
# In units of the em (2048): less than this cannot be seen.
LEAST_KERN = 16


def lookups(font, tag, feature):
    """The subtables of a feature, in order."""
    table = font[tag].table
    indices = []
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag == feature:
            indices += [index for index in record.Feature.LookupListIndex if index not in indices]
    for index in sorted(indices):
        for subtable in table.LookupList.Lookup[index].SubTable:
            yield index, getattr(subtable, "ExtSubTable", subtable)


def make_tabular(font):
    """Map the characters of TABULAR to their tabular glyphs."""
    tabular = {}
    for _, subtable in lookups(font, "GSUB", "tnum"):
        tabular.update(subtable.mapping)
    for cmap in font["cmap"].tables:
        for code, glyph in list(cmap.cmap.items()):
            if chr(code) in TABULAR and glyph in tabular:
                cmap.cmap[code] = tabular[glyph]


def advance(first):
    return getattr(first, "XAdvance", 0) if first else 0


def pair_kern(subtable, left, right):
    """The kerning of a pair by one subtable, None where it says nothing."""
    if left not in subtable.Coverage.glyphs:
        return None
    if subtable.Format == 1:
        pairs = subtable.PairSet[subtable.Coverage.glyphs.index(left)].PairValueRecord
        return next((advance(pair.Value1) for pair in pairs if pair.SecondGlyph == right), None)
    one = subtable.ClassDef1.classDefs.get(left, 0)
    two = subtable.ClassDef2.classDefs.get(right, 0)
    return advance(subtable.Class1Record[one].Class2Record[two].Value1)


def kern_table(font):
    """All pairs of KERNED that move by LEAST_KERN or more."""
    cmap = font.getBestCmap()
    glyphs = sorted({cmap[ord(letter)] for letter in KERNED})
    by_lookup = {}
    for index, subtable in lookups(font, "GPOS", "kern"):
        by_lookup.setdefault(index, []).append(subtable)
    pairs = {}
    for left in glyphs:
        for right in glyphs:
            total = 0
            for subtables in by_lookup.values():
                values = (pair_kern(subtable, left, right) for subtable in subtables)
                total += next((value for value in values if value is not None), 0)
            if abs(total) >= LEAST_KERN:
                pairs[left, right] = total
    subtable = KernTable_format_0(apple=False)
    subtable.coverage = 1
    subtable.version = 0
    subtable.tupleIndex = None
    subtable.kernTable = pairs
    table = newTable("kern")
    table.version = 0
    table.kernTables = [subtable]
    return table


def make(name, weight):
    font = TTFont(SOURCE, recalcTimestamp=False)
    instantiateVariableFont(font, {"opsz": 14, "wght": weight}, inplace=True)
    make_tabular(font)
    kern = kern_table(font)
    options = Options(
        layout_features=[],
        layout_closure=False,
        hinting=False,
        glyph_names=False,
        notdef_outline=True,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        legacy_kern=True,
    )
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "STAT", "MVAR", "prep", "gasp"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=CHARACTERS)
    font["kern"] = kern
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in (2, 4, 6):
            record.string = {2: name, 4: f"Inter {name}", 6: f"Inter-{name}"}[record.nameID]
        if record.nameID == 3:
            record.string = f"Inter {name}, subset for bills"
    font["OS/2"].usWeightClass = weight
    bold = name == "Bold"
    font["OS/2"].fsSelection = font["OS/2"].fsSelection & ~0x61 | (0x20 if bold else 0x40)
    font["head"].macStyle = 1 if bold else 0
    font["head"].modified = MODIFIED
    target = HERE / f"InterBill-{name}.ttf"
    font.save(target)
    missing = sorted(hex(code) for code in CHARACTERS - set(font.getBestCmap()))
    print(target.name, target.stat().st_size, "bytes,", len(kern.kernTables[0].kernTable), "pairs, missing", missing)


for name, weight in WEIGHTS.items():
    make(name, weight)
shutil.copyfile(fontpkg_inter.ROOT / "LICENSE", HERE / "OFL.txt")
