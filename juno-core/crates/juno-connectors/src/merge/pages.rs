use std::collections::{BTreeMap, BTreeSet};

use crate::PageMark;

/// What is missing between the pages of a result, as far as the pages themselves tell.
pub(crate) fn missing_pages(pages: BTreeSet<PageMark>) -> Vec<String> {
    let mut results: BTreeMap<(String, &str), Vec<PageMark>> = BTreeMap::new();
    for page in pages {
        results.entry((page.place.clone(), page.what)).or_default().push(page);
    }
    results.into_iter().flat_map(|((place, what), pages)| missing_of(&place, what, &pages)).collect()
}

fn missing_of(place: &str, what: &str, pages: &[PageMark]) -> Vec<String> {
    let place = if place.is_empty() { "." } else { place };
    let mut notes = Vec::new();
    let starts: BTreeSet<u64> = pages.iter().filter_map(|page| page.start).collect();
    if starts.first().is_some_and(|first| *first > 0) {
        notes.push(format!("`{place}`: no saved page of {what} begins at 0; the first one is missing"));
    }
    let mut gaps = BTreeMap::new();
    for page in pages {
        let Some(start) = page.start else { continue };
        let next = start.saturating_add(page.count);
        let more = page.total.map_or(page.last == Some(false), |total| next < total);
        if more && !starts.contains(&next) {
            let total = page.total.map(|total| format!(" of {total}")).unwrap_or_default();
            gaps.entry(next).or_insert(format!(
                "`{place}`: {what} after number {next}{total} are missing: the page that begins at {start} has \
                 {}, and no saved page begins at {next}",
                page.count
            ));
        }
    }
    notes.extend(gaps.into_values());
    let by_token = || pages.iter().filter(|page| page.start.is_none());
    if by_token().any(|page| page.last == Some(false)) && by_token().all(|page| page.last == Some(false)) {
        notes.push(format!(
            "`{place}`: every saved page of {what} says that another one follows; the last one is missing"
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(start: Option<u64>, count: u64, total: Option<u64>, last: Option<bool>) -> PageMark {
        PageMark { place: "export".into(), what: "issues", start, count, total, last }
    }

    #[test]
    fn pages_capped_by_the_server_are_noticed() {
        // Asked for 100 at a time, the server gave 65: 130 of 230 issues came.
        let capped = [0, 100].map(|start| page(Some(start), 65, Some(230), None));
        let notes = missing_pages(BTreeSet::from(capped));
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(
            notes[0].contains("after number 65 of 230") && notes[1].contains("after number 165"),
            "{notes:?}"
        );
        let whole = [(0, 65), (65, 65), (130, 65), (195, 35)].map(|(s, n)| page(Some(s), n, Some(230), None));
        assert_eq!(missing_pages(BTreeSet::from(whole)), Vec::<String>::new());
    }

    #[test]
    fn a_chain_of_tokens_needs_its_last_page() {
        let open = page(None, 100, None, Some(false));
        let last = page(None, 7, None, Some(true));
        assert_eq!(missing_pages(BTreeSet::from([open.clone()])).len(), 1);
        assert!(missing_pages(BTreeSet::from([open, last])).is_empty());
        let second_only = page(Some(50), 50, Some(100), None);
        assert!(missing_pages(BTreeSet::from([second_only]))[0].contains("begins at 0"));
    }
}
