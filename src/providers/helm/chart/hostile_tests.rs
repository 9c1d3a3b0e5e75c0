//! Archives by people who mean no good, and by accidents: each is refused for what it is.

use tar::EntryType;

use super::budget::{self, Budget};
use super::packed::{Packed, gzip};
use super::{Chart, ChartError, archive, files, load_archive};

const CHART_YAML: &[u8] = b"apiVersion: v2\nname: a\nversion: 1.0.0\n";

/// The beginning of a chart that is as it should be.
fn good() -> Packed {
    Packed::default().file("a/Chart.yaml", CHART_YAML)
}

fn with(name: &str) -> Vec<u8> {
    good().file(name, b"x").gzip()
}

/// A chart with a chart in it, with a chart in it, and so on.
fn nested(depth: u32) -> Vec<u8> {
    (0..depth).fold(good().gzip(), |inner, _| good().file("a/charts/b.tgz", &inner).gzip())
}

/// Loads with less room than there is in earnest, so that it can be filled quickly.
fn load_small(bytes: &[u8]) -> Result<Chart, ChartError> {
    let mut budget = Budget::small();
    files::chart(archive::files(bytes, &mut budget)?, &mut budget)
}

fn refused(bytes: &[u8]) -> ChartError {
    load_archive(bytes).map(|chart| chart.metadata).unwrap_err()
}

/// What each is, the archive, and the rule that it breaks.
fn names() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let long = [b"a/".as_slice(), &[b'x'; 5000]].concat();
    vec![
        ("a path to a parent", with("a/../../etc/passwd"), "archive/parent-folder"),
        ("a top folder that is a parent", with("../a"), "archive/parent-folder"),
        ("a path that comes back in", with("a/templates/../Chart.yaml"), "archive/parent-folder"),
        ("an absolute path", with("/etc/passwd"), "archive/absolute-path"),
        ("a second slash", with("a//etc/passwd"), "archive/absolute-path"),
        ("backslashes to a parent", with("a\\..\\..\\x"), "archive/parent-folder"),
        ("slashes and backslashes", with("a/templates\\..\\..\\x"), "archive/parent-folder"),
        ("a network share", with("\\\\server\\share"), "archive/absolute-path"),
        ("a drive", with("C:\\x"), "archive/drive-letter"),
        ("a drive further in", with("a/c:/x"), "archive/drive-letter"),
        ("a file outside of the folder", with("README.md"), "archive/outside-folder"),
        ("a line break in a name", with("a/x\ny"), "archive/control-character"),
        ("a name that is not UTF-8", good().entry(EntryType::Regular, b"a/\xff", b"").gzip(), "archive/name-not-utf8"),
        (
            "a long name of GNU",
            good().entry(EntryType::GNULongName, b"l", &long).file("a/x", b"").gzip(),
            "archive/long-name",
        ),
        ("a long name of POSIX", good().about_next("path", &long).file("a/x", b"").gzip(), "archive/long-name"),
        (
            "a path of POSIX to a parent",
            good().about_next("path", b"a/../../x").file("a/x", b"").gzip(),
            "archive/parent-folder",
        ),
        (
            "a long name of GNU to a parent",
            good().entry(EntryType::GNULongName, b"l", b"a/../../x\0").file("a/x", b"").gzip(),
            "archive/parent-folder",
        ),
        ("two top folders", with("b/values.yaml"), "archive/several-folders"),
        ("the same file twice", with("a/Chart.yaml"), "archive/duplicate"),
        ("the same file by two names", good().file("a/x", b"1").file("a/./x", b"2").gzip(), "archive/duplicate"),
    ]
}

fn kinds() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let entry = |kind| good().entry(kind, b"a/x", b"").gzip();
    vec![
        ("a symbolic link", entry(EntryType::Symlink), "archive/link"),
        ("a hard link", entry(EntryType::Link), "archive/link"),
        ("a character device", entry(EntryType::Char), "archive/special-file"),
        ("a block device", entry(EntryType::Block), "archive/special-file"),
        ("a pipe", entry(EntryType::Fifo), "archive/special-file"),
        ("a sparse file", entry(EntryType::GNUSparse), "archive/special-file"),
        ("a kind that no one knows", entry(EntryType::new(b'Z')), "archive/special-file"),
        (
            "a sparse file of POSIX",
            good().about_next("GNU.sparse.major", b"1").file("a/x", b"").gzip(),
            "archive/special-file",
        ),
        ("two sizes", good().about_next("size", b"9").file("a/x", b"x").gzip(), "archive/two-sizes"),
        ("a size that is none", good().about_next("size", b"-1").file("a/x", b"x").gzip(), "archive/damaged"),
        ("a header about nothing", good().about_next("path", b"a/x").gzip(), "archive/dangling-extension"),
        (
            "a huge header about the next entry",
            good().entry(EntryType::XHeader, b"pax", &[b'x'; 1024 * 1024 + 1]).gzip(),
            "archive/long-extension",
        ),
    ]
}

fn sizes() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let mebibyte = vec![0; 1024 * 1024];
    let filled =
        |count: u32| (0..count).fold(good(), |packed, index| packed.file(&format!("a/{index}"), &mebibyte)).gzip();
    let shared = good().file("a/charts/b.tgz", &filled(4)).file("a/charts/c.tgz", &filled(4)).gzip();
    let many = (0..101).fold(Packed::default(), |packed, index| packed.file(&format!("a/{index}"), b"")).gzip();
    let zeros = gzip(&vec![0; 8 * 1024 * 1024]);
    let after = [Packed::default().file("a/Chart.yaml", CHART_YAML).gzip(), zeros].concat();
    vec![
        ("a file of more than 5 MiB", good().file("a/x", &vec![0; 5 * 1024 * 1024 + 1]).gzip(), "chart/file-too-large"),
        (
            "a file that says it has an exbibyte",
            good().lying(EntryType::Regular, b"a/x", 1 << 60, b"").gzip(),
            "chart/file-too-large",
        ),
        ("more than there is room for", filled(7), "chart/too-large"),
        ("more than there is room for in two charts inside", shared, "chart/too-large"),
        ("zeros without end after the archive", after, "chart/too-large"),
        ("more entries than a chart has", many, "chart/too-many-files"),
        ("charts in charts in charts", nested(40), "chart/too-deep"),
    ]
}

fn damages() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let whole = with("a/values.yaml");
    let mut flipped = whole.clone();
    let checksum = flipped.len() - 6;
    flipped[checksum] ^= 1;
    let tar = good().file("a/x", b"x").tar();
    let mut header = tar.clone();
    header[1030] ^= 1;
    let second = [tar.clone(), Packed::default().file("a/y", b"y").tar()].concat();
    let members = [gzip(&tar), gzip(&Packed::default().file("a/y", b"y").tar())].concat();
    vec![
        ("nothing", Vec::new(), "archive/not-gzip"),
        ("a page", b"<!DOCTYPE html>".to_vec(), "archive/not-gzip"),
        ("a tar archive that is not packed", tar.clone(), "archive/not-gzip"),
        ("a zip archive", b"PK\x03\x04".to_vec(), "archive/not-gzip"),
        ("gzip that ends in its header", whole[..8].to_vec(), "archive/truncated"),
        ("gzip that ends in the middle", whole[..whole.len() / 2].to_vec(), "archive/truncated"),
        ("gzip that ends before its checksum", whole[..whole.len() - 8].to_vec(), "archive/truncated"),
        ("gzip with another checksum", flipped, "archive/damaged"),
        (
            "gzip of something else",
            gzip(b"not a tar archive, but long enough for a header".repeat(20).as_slice()),
            "archive/damaged",
        ),
        ("a header with another checksum", gzip(&header), "archive/damaged"),
        ("a tar archive that ends in a header", gzip(&tar[..1024 + 100]), "archive/damaged"),
        ("a tar archive that ends in a file", gzip(&tar[..512 + 10]), "archive/truncated"),
        ("an archive of nothing", Packed::default().gzip(), "archive/empty"),
        ("folders alone", Packed::default().entry(EntryType::Directory, b"a/", b"").gzip(), "archive/empty"),
        ("another archive after the end", gzip(&second), "archive/after-the-end"),
        ("another archive in a second member", members, "archive/after-the-end"),
        ("bytes after the end", [whole, b"#!/bin/sh".to_vec()].concat(), "archive/truncated"),
    ]
}

fn contents() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    vec![
        ("no Chart.yaml", Packed::default().file("a/values.yaml", b"").gzip(), "chart/no-chart-yaml"),
        (
            "a Chart.yaml in a folder",
            Packed::default().file("a/b/Chart.yaml", CHART_YAML).gzip(),
            "chart/no-chart-yaml",
        ),
        (
            "a Chart.yaml that is not YAML",
            Packed::default().file("a/Chart.yaml", b"a: b: c").gzip(),
            "chart/unreadable",
        ),
        ("a Chart.yaml of bytes", Packed::default().file("a/Chart.yaml", b"\xff\xfe").gzip(), "chart/unreadable"),
        ("values that are a list", good().file("a/values.yaml", b"- a").gzip(), "chart/unreadable"),
        (
            "values that refer to themselves a billion times",
            good().file("a/values.yaml", &laughs()).gzip(),
            "chart/unreadable",
        ),
        ("a chart inside that is none", good().file("a/charts/b.tgz", b"x").gzip(), "archive/not-gzip"),
        (
            "a chart inside that leads out",
            good().file("a/charts/b.tgz", &with("a/../../x")).gzip(),
            "archive/parent-folder",
        ),
        ("a file among charts", with("a/charts/README.md"), "chart/stray-file"),
        ("a folder among charts that is none", with("a/charts/b/README.md"), "chart/no-chart-yaml"),
        ("a folder that is called an archive", with("a/charts/b.tgz/Chart.yaml"), "chart/folder-named-tgz"),
    ]
}

fn laughs() -> Vec<u8> {
    let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", vec![before; 9].join(", "));
    }
    text.into_bytes()
}

#[test]
fn every_hostile_archive_is_refused_for_what_it_is() {
    let cases = [names(), kinds(), sizes(), damages(), contents()].concat();
    assert!(cases.len() >= 60);
    let wrong: Vec<_> = cases
        .iter()
        .map(|(what, bytes, code)| (what, code, load_small(bytes).map(|chart| chart.metadata.name)))
        .filter(|(_, code, result)| !matches!(result, Err(error) if error.code == **code))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_limits_are_those_of_helm() {
    assert_eq!((budget::WHOLE, budget::FILE), (100 << 20, 5 << 20));
    assert_eq!(Budget::new().left(), budget::WHOLE);
}

#[test]
fn a_refusal_names_the_entry_the_limit_and_what_to_do() {
    let message = refused(&good().file("a/charts/b.tgz", &with("a/../x")).gzip()).to_string();
    let expected = "charts/b.tgz in chart `a`: the entry `a/../x` leads to a parent folder; package the chart with \
                    `helm package`, and use no archive whose origin you do not know";
    assert_eq!(message, expected);
    let message = refused(&good().file("a/x", &vec![0; 5 * 1024 * 1024 + 1]).gzip()).message;
    assert_eq!(message, "`a/x` has 5242881 bytes, and a file of a chart may have 5242880 (5 MiB)");
}

/// What real archives have, although it looks like a trick.
#[test]
fn odd_archives_that_are_in_order_are_read() {
    let load = |bytes: Vec<u8>| load_archive(&bytes).unwrap();
    let windows = Packed::default().file("a\\Chart.yaml", CHART_YAML).file("a\\templates\\x.yaml", b"x").gzip();
    assert_eq!(load(windows).templates[0].name, "templates/x.yaml");
    let from_git = Packed::default().entry(EntryType::XGlobalHeader, b"pax_global_header", b"16 comment=abcd\n");
    assert_eq!(load(from_git.file("a/Chart.yaml", CHART_YAML).gzip()).metadata.name, "a");
    let name = format!("templates/{}.yaml", "x".repeat(200));
    let long = good().entry(EntryType::GNULongName, b"l", format!("a/{name}\0").as_bytes()).file("a/x", b"1");
    assert_eq!(load(long.gzip()).templates[0].name, name);
    let posix = good().about_next("path", format!("a/{name}").as_bytes()).file("a/x", b"1");
    assert_eq!(load(posix.gzip()).templates[0].name, name);
    let marked = Packed::default().file("a/Chart.yaml", &[b"\xef\xbb\xbf", CHART_YAML].concat());
    assert_eq!(load(marked.file("a/templates/x", b"\xef\xbb\xbfx").gzip()).templates[0].data, b"x");
    let members = good().file("a/x", b"x").tar();
    assert_eq!(load([gzip(&members[..700]), gzip(&members[700..])].concat()).files.len(), 1);
    let padded = [good().gzip(), vec![0; 700]].concat();
    assert_eq!(load(padded).metadata.version, "1.0.0");
    let folders =
        Packed::default().entry(EntryType::Directory, b"a/", b"").entry(EntryType::Directory, b"a/../..", b"");
    assert_eq!(load(folders.file("a/Chart.yaml", CHART_YAML).gzip()).metadata.name, "a");
    assert_eq!(load(nested(3)).dependencies[0].dependencies[0].dependencies[0].metadata.name, "a");
}

proptest::proptest! {
    #[test]
    fn any_bytes_get_an_answer(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let _ = load_archive(&bytes);
        let _ = load_archive(&gzip(&bytes));
    }

    #[test]
    fn a_damaged_archive_is_read_or_refused(at in 0usize..3000, bit in 0u8..8) {
        let mut tar = good().about_next("path", b"a/templates/x").file("a/x", b"{{ x }}").tar();
        let at = at % tar.len();
        tar[at] ^= 1 << bit;
        let _ = load_archive(&gzip(&tar));
    }
}
