//! The page and the text of a real review.

use crate::desk::{Desk, trusting};

#[tokio::test]
async fn a_review_of_the_sample_reads_well_in_a_terminal_and_as_a_page() {
    let desk = Desk::new(trusting()).await;
    let review = desk.review(&desk.sample()).await;
    let text = juno_core::report::text(&review);
    for line in
        text.lines().filter(|line| !line.contains("/") && !line.contains(&review.audit.root.to_string()))
    {
        assert!(line.chars().count() <= 110, "{line}");
    }
    for forecast in &review.forecasts {
        let name: String = forecast.name.chars().take(20).collect();
        assert!(text.contains(&name), "{name}");
    }
    assert!(text.contains(&review.audit.root.to_string()));

    let html = juno_core::report::html(&review).unwrap();
    assert!(html.len() < 1_000_000, "{}", html.len());
    for pending in &review.pending {
        assert!(html.contains(&pending.target));
    }
    assert!(!html.contains("<script") && !html.contains("http"));
}
