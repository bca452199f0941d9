use proptest::prelude::*;

use super::*;

#[test]
fn shares_round_half_to_even() {
    for (n, want) in [
        (1, "c"),
        (2, "tT"),
        (3, "ttT"),
        (5, "ttccT"),
        (7, "ttttcTT"),
        (10, "tttttccTTT"),
        (15, "ttttttttccTTTTT"),
    ] {
        let data = set(&(1..=n).map(|id| sprint("PAY", id, 30.0, 30.0)).collect::<Vec<_>>());
        let letter = |part: &Part| match part {
            Part::Train => 't',
            Part::Calib => 'c',
            Part::Test => 'T',
        };
        assert_eq!(parts_by_share(&data).values().map(letter).collect::<String>(), want, "{n}");
    }
}

#[test]
fn sprints_without_points_have_no_part_and_count_for_none() {
    let mut sprints: Vec<_> = (1..=10).map(|id| sprint("PAY", id, 30.0, 30.0)).collect();
    sprints[2] = sprint("PAY", 3, 0.0, 0.0);
    let data = set(&sprints);
    assert_eq!(parts_by_share(&data).len(), 9);
    assert!(!parts_by_share(&data).contains_key(&key("PAY", 3)));
    // Points that came later make it an estimated one.
    sprints[2] = sprint("PAY", 3, 0.0, 5.0);
    assert!(parts_by_share(&set(&sprints)).contains_key(&key("PAY", 3)));
}

#[test]
fn a_rolling_origin_fits_on_everything_before_each_block() {
    let spy = spy();
    let rolling = Split::Rolling { folds: 3, first: p(0.4) };
    let report = at_start().run(&twenty(), &rolling, &[&spy], &Progress::silent()).unwrap();
    let fitted: Vec<u64> =
        spy.fitted.lock().unwrap().iter().map(|fit| fit.sprints().last().unwrap().sprint.0).collect();
    assert_eq!(fitted, [8, 12, 16]);
    let folds: Vec<_> =
        report.folds.iter().map(|fold| (fold.fitted, fold.evaluated, fold.left_out)).collect();
    assert_eq!(folds, [(8, 4, 0), (12, 4, 0), (16, 4, 0)]);
    let evaluated: Vec<(u32, u64)> = report.cases.iter().map(|case| (case.fold, case.sprint.0)).collect();
    let want: Vec<(u32, u64)> = (9..=20).map(|id| ((id as u32 - 9) / 4, id)).collect();
    assert_eq!(evaluated, want);
}

#[test]
fn blocks_nobody_is_in_are_passed_over() {
    let report =
        at_start().run(&twenty(), &Split::Rolling { folds: 1000, first: p(0.9) }, &[], &Progress::silent());
    assert_eq!(report.unwrap().folds.len(), 2, "there are two sprints behind 90 %");
    for folds in [0, 1001, u32::MAX] {
        let split = Split::Rolling { folds, first: p(0.5) };
        let refused = at_start().run(&twenty(), &split, &[], &Progress::silent()).unwrap_err();
        assert_eq!(refused.kind(), juno_domain::ErrorKind::InvalidInput, "{refused}");
    }
}

#[test]
fn given_parts_out_of_order_leak_nothing() {
    // Somebody marked a late sprint as one to fit on.
    let parts = [(1, Part::Train), (2, Part::Train), (3, Part::Test), (4, Part::Train), (5, Part::Test)];
    let parts = parts.into_iter().map(|(id, part)| (key("PAY", id), part)).collect();
    let spy = spy();
    let split = Split::Given { parts, evaluate: Part::Test };
    let report = at_start().run(&twenty(), &split, &[&spy], &Progress::silent()).unwrap();
    let fitted: Vec<u64> = spy.fitted.lock().unwrap()[0].sprints().iter().map(|past| past.sprint.0).collect();
    assert_eq!(fitted, [1, 2]);
    assert_eq!((report.folds[0].fitted, report.folds[0].left_out), (2, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_fit_holds_what_is_evaluated_or_later(
        counts in prop::collection::vec(1_u64..25, 1..4), folds in 1_u32..6, first in 0.0..1.0_f64
    ) {
        let projects = ["ABC", "OPS", "PAY"];
        let of = |(n, project): (&u64, &&'static str)| {
            let project = *project;
            (1..=*n).map(move |id| sprint(project, id * 7 % 101, 30.0, if id % 4 == 0 { 9.0 } else { 30.0 })).collect::<Vec<_>>()
        };
        let data = set(&counts.iter().zip(&projects).flat_map(of).collect::<Vec<_>>());
        let spy = spy();
        let split = Split::Rolling { folds, first: p(first) };
        let Ok(report) = at_start().with_resamples(0).run(&data, &split, &[&spy], &Progress::silent()) else {
            return Ok(());
        };
        let fits = spy.fitted.lock().unwrap();
        prop_assert_eq!(fits.len(), report.folds.len());
        let mut seen = std::collections::BTreeSet::new();
        for case in &report.cases {
            let fit = fits[case.fold as usize].of_project(&case.project);
            prop_assert!(fit.iter().all(|past| past.sprint < case.sprint));
            prop_assert!(seen.insert((&case.project, case.sprint)), "evaluated once");
        }
    }
}

#[test]
fn tables_give_parts_and_what_is_none_is_named() {
    let with = |id, split: Option<&str>| juno_domain::TableRow {
        split: split.map(str::to_owned),
        ..crate::testing::row(id, "7", 30.0, 15.0, None)
    };
    assert_eq!(parts_of_rows(&[with(1, None)]).unwrap(), None);
    let rows = [with(1, Some("train")), with(2, Some("unestimated")), with(3, None), with(4, Some("test"))];
    let parts = parts_of_rows(&rows).unwrap().unwrap();
    let parts: Vec<_> = parts.into_iter().map(|((_, sprint), part)| (sprint.0, part)).collect();
    assert_eq!(parts, [(1, Part::Train), (4, Part::Test)]);
    let error = parts_of_rows(&[with(5, Some("dev"))]).unwrap_err();
    assert!(error.to_string().starts_with("split `dev` is none of train, calib, test"));
}
