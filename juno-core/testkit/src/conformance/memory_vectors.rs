//! What every [`MemoryStore`] that keeps vectors has to do with them.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::TimeDelta;
use juno_domain::{ErrorKind, Seed};
use juno_memory::{
    Embedder, EmbeddingModel, InMemoryMemoryStore, Memory, MemoryError, MemoryFilter, MemoryScope,
    MemoryStore, MemoryVector, MemoryVectors, MemoryWrite, QueryVector, RankSignal, Reach, RecallQuery,
    Recalled, SemanticMemoryStore, Turn, embed_missing,
};

use super::memory_store::{
    MemoryFixture, SUITE_LIMITS, actor, fact, forget, id, put, start, tagged, team, tenant,
};

/// Makes a test of every case of the suite of vectors, each on a fixture of its own.
///
/// The argument is an expression that gives a [`MemoryFixture`](crate::conformance::memory_store::MemoryFixture).
#[macro_export]
macro_rules! memory_vector_tests {
    ($make:expr) => {
        $crate::memory_store_tests!(@in memory_vectors $make;
            without_an_embedder_recall_is_the_same_to_the_byte,
            meaning_finds_what_words_do_not,
            a_vector_lives_and_dies_with_its_memory,
            vectors_of_two_models_are_never_mixed,
            an_embedder_that_fails_takes_nothing_away,
            what_is_near_elsewhere_stays_there);
    };
}

/// Knows what a few words mean; every other text lies in a direction of its own.
struct Dictionary {
    model: EmbeddingModel,
    fails: AtomicBool,
    asked: AtomicUsize,
}

const DIMENSION: usize = 32;

/// Words of one meaning, by line.
const MEANINGS: [&[&str]; 3] =
    [&["car", "vehicle", "automobile"], &["doctor", "physician"], &["lunch", "meal"]];

fn meaning(text: &str) -> Vec<f32> {
    let text = text.to_lowercase();
    let own = text.bytes().fold(Seed(9), |seed, byte| seed.part(byte.into()));
    let mut vector: Vec<f32> =
        (0..DIMENSION as u64).map(|at| own.part(at).0 as f32 / u64::MAX as f32 - 0.5).collect();
    for (at, words) in MEANINGS.iter().enumerate() {
        if words.iter().any(|word| text.contains(word)) {
            vector[at] += 4.0;
        }
    }
    vector
}

#[async_trait]
impl Embedder for Dictionary {
    fn model(&self) -> &EmbeddingModel {
        &self.model
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, MemoryError> {
        self.asked.fetch_add(texts.len(), Ordering::SeqCst);
        match self.fails.load(Ordering::SeqCst) {
            true => Err(MemoryError::Embedder { reason: "no answer".into(), kind: ErrorKind::Unavailable }),
            false => Ok(texts.iter().map(|text| meaning(text)).collect()),
        }
    }
}

fn dictionary(name: &str) -> Arc<Dictionary> {
    let model = EmbeddingModel::new(name, DIMENSION).expect("a model");
    Arc::new(Dictionary { model, fails: AtomicBool::default(), asked: AtomicUsize::default() })
}

fn kept(store: &dyn MemoryStore) -> &dyn MemoryVectors {
    store.vectors().expect("a store that keeps vectors")
}

fn model(name: &str) -> EmbeddingModel {
    dictionary(name).model.clone()
}

fn near(name: &str, text: &str) -> QueryVector {
    let model = model(name);
    let unit = juno_memory::unit(&model, &meaning(text)).expect("a vector");
    QueryVector { model, unit }
}

fn vector(memory: &Memory) -> MemoryVector {
    let unit = juno_memory::unit(&model("one"), &meaning(&memory.text)).expect("a vector");
    MemoryVector::new(memory, unit)
}

const TEXTS: [&str; 14] = [
    "Ada bought an automobile",
    "The build is red",
    "Bob saw a physician",
    "Retro on Friday",
    "The API freeze",
    "Coffee is out",
    "Invoices were late",
    "The printer jams",
    "A new desk came",
    "Rain all week",
    "The train was late",
    "Windows were cleaned",
    "Plants need water",
    "Keys were lost",
];

fn memories(scope: &MemoryScope) -> Vec<Memory> {
    let memory = |(nth, text): (usize, &&str)| {
        let mut memory =
            tagged(fact(&format!("m{nth:02}"), scope, text, nth as i64), &[["odd", "even"][nth % 2]]);
        memory.who = Some(["Ada", "Bob"][nth % 2].into());
        memory.turn = (nth > 6).then(|| Turn::new("talk", nth as u32));
        memory
    };
    TEXTS.iter().enumerate().map(memory).collect()
}

async fn fill(store: &dyn MemoryStore, memories: &[Memory]) {
    let writes = memories.iter().map(|memory| MemoryWrite::new(memory.clone(), &actor()));
    store.put_all(&writes.collect::<Result<Vec<_>, _>>().expect("writes")).await.expect("written");
}

async fn give_vectors(store: &dyn MemoryStore, memories: &[Memory]) {
    let vectors: Vec<MemoryVector> = memories.iter().map(vector).collect();
    assert_eq!(kept(store).put_vectors(&model("one"), &vectors).await, Ok(vectors.len() as u64));
}

fn query(text: &str, scope: &MemoryScope) -> RecallQuery {
    RecallQuery::new(text, MemoryFilter::new(scope.clone()))
}

async fn by_meaning(store: &dyn MemoryStore, text: &str, scope: &MemoryScope) -> Vec<Recalled> {
    kept(store).recall_near(&query(text, scope), &near("one", text), start()).await.expect("recall")
}

fn ids(hits: &[Recalled]) -> Vec<&str> {
    hits.iter().map(|hit| hit.memory.id.as_str()).collect()
}

async fn having(store: &dyn MemoryStore, memories: &[Memory]) -> BTreeSet<String> {
    let ids: Vec<_> = memories.iter().map(|memory| memory.id.clone()).collect();
    let there = kept(store).with_vectors(&model("one"), team("pay").tenant(), &ids).await.expect("ids");
    there.into_iter().map(|id| id.to_string()).collect()
}

/// Vectors nobody asks with, and vectors that are all alike, leave every byte of an answer as it was.
pub async fn without_an_embedder_recall_is_the_same_to_the_byte(MemoryFixture { store, .. }: MemoryFixture) {
    let memories = memories(&team("pay"));
    fill(&*store, &memories).await;
    let questions = ["What did Ada buy?", "late train", "API freeze", "the", "when was it red?"];
    let mut before = Vec::new();
    for question in questions {
        let hits = store.recall(&query(question, &team("pay")), start()).await.expect("recall");
        before.push(serde_json::to_string(&hits).expect("JSON"));
    }
    for same in [false, true] {
        let one = vector(&memories[0]).unit;
        let vectors = memories.iter().map(|memory| match same {
            true => MemoryVector::new(memory, one.clone()),
            false => vector(memory),
        });
        let vectors: Vec<MemoryVector> = vectors.collect();
        kept(&*store).put_vectors(&model("one"), &vectors).await.expect("vectors");
        for (question, before) in questions.iter().zip(&before) {
            let plain = query(question, &team("pay"));
            let hits = store.recall(&plain, start()).await.expect("recall");
            assert_eq!(&serde_json::to_string(&hits).expect("JSON"), before, "{question}");
            // A model nobody wrote with, and vectors that tell nothing apart.
            for name in [Some("other"), same.then_some("one")].into_iter().flatten() {
                let hits = kept(&*store).recall_near(&plain, &near(name, question), start()).await;
                assert_eq!(
                    &serde_json::to_string(&hits.expect("recall")).expect("JSON"),
                    before,
                    "{question}"
                );
            }
        }
    }
}

/// What shares no word with the question is found by meaning, with its share of the score, and as in memory.
pub async fn meaning_finds_what_words_do_not(MemoryFixture { store, .. }: MemoryFixture) {
    let (memories, scope) = (memories(&team("pay")), team("pay"));
    fill(&*store, &memories).await;
    give_vectors(&*store, &memories).await;
    assert_eq!(ids(&store.recall(&query("vehicle", &scope), start()).await.expect("recall")), [""; 0]);
    let hits = by_meaning(&*store, "vehicle", &scope).await;
    assert_eq!(hits[0].memory.id.as_str(), "m00");
    assert!(hits[0].why.iter().any(|reason| reason.signal == RankSignal::Near && reason.contribution > 0.0));
    for hit in &hits {
        let sum: f64 = hit.why.iter().map(|reason| reason.contribution).sum();
        assert!((sum - hit.score).abs() < 1e-9 && hit.score > 0.0);
    }
    let reference = InMemoryMemoryStore::new(Arc::default()).with_working_limits(SUITE_LIMITS);
    fill(&reference, &memories).await;
    give_vectors(&reference, &memories).await;
    for text in ["vehicle", "a physician's train", "late", "Bob's car?", "Is the API late on Friday?"] {
        let (here, there) =
            (by_meaning(&*store, text, &scope).await, by_meaning(&reference, text, &scope).await);
        assert_eq!(ids(&here), ids(&there), "{text}");
        for (here, there) in here.iter().zip(&there) {
            assert!((here.score - there.score).abs() < 1e-9, "{text}");
        }
        assert_eq!(here, by_meaning(&*store, text, &scope).await, "the same question, the same answer");
    }
    let filter = MemoryFilter { all_tags: ["even".into()].into(), ..MemoryFilter::new(scope) };
    let asked = RecallQuery::new("vehicle", filter);
    let hits = kept(&*store).recall_near(&asked, &near("one", "vehicle"), start()).await.expect("recall");
    assert!(hits.iter().all(|hit| hit.memory.tags.contains("even")), "a filter counts for what is near too");
    let names = kept(&*store).names_in(&MemoryFilter::new(team("pay")), "Did Ada meet Zoe?").await;
    assert_eq!(names, Ok(["ada".to_owned()].into()));
}

/// A vector goes when its memory goes or says something else, and stays when that is written again.
pub async fn a_vector_lives_and_dies_with_its_memory(MemoryFixture { store, .. }: MemoryFixture) {
    let memories = memories(&team("pay"));
    fill(&*store, &memories).await;
    give_vectors(&*store, &memories).await;
    let nearest = async || by_meaning(&*store, "vehicle", &team("pay")).await;
    assert_eq!((having(&*store, &memories).await.len(), ids(&nearest().await)[0]), (14, "m00"));
    let mut again = memories[0].clone();
    again.tags.insert("more".into());
    again.importance = juno_domain::Probability::ONE;
    put(&*store, &again).await;
    assert!(having(&*store, &memories).await.contains("m00"), "it says the same");
    assert_eq!(ids(&nearest().await)[0], "m00");
    let mut other = again.clone();
    other.text = "Ada sold something".into();
    put(&*store, &other).await;
    assert!(!having(&*store, &memories).await.contains("m00"), "it says something else");
    assert!(!ids(&nearest().await).contains(&"m00"));
    let stale = [vector(&again)];
    assert_eq!(kept(&*store).put_vectors(&model("one"), &stale).await, Ok(0), "made of what it said before");
    assert!(forget(&*store, &memories[2]).await);
    let gone = [vector(&memories[2])];
    assert_eq!(kept(&*store).put_vectors(&model("one"), &gone).await, Ok(0), "it is not there any more");
    put(&*store, &memories[2]).await;
    assert!(!having(&*store, &memories).await.contains("m02"), "what is written anew has no vector");
    let mut ending = memories[3].clone();
    ending.expires_at = Some(start() + TimeDelta::minutes(10));
    put(&*store, &ending).await;
    assert!(having(&*store, &memories).await.contains("m03"));
    store.purge_expired(start() + TimeDelta::minutes(11), &actor()).await.expect("purged");
    assert_eq!(having(&*store, &memories).await.len(), 11);
    let models = kept(&*store).vector_models(team("pay").tenant()).await.expect("models");
    assert_eq!(models, [(format!("one@{DIMENSION}"), 11)].into());
    assert!(store.compact().await.expect("compacted"));
    assert_eq!(having(&*store, &memories).await.len(), 11);
}

/// Vectors of other models count for nothing, and a run that is broken off goes on where it stopped.
pub async fn vectors_of_two_models_are_never_mixed(MemoryFixture { store, .. }: MemoryFixture) {
    let memories = memories(&team("pay"));
    fill(&*store, &memories).await;
    give_vectors(&*store, &memories).await;
    let changed = dictionary("two");
    let semantic = SemanticMemoryStore::new(Arc::clone(&store), Arc::clone(&changed) as _).expect("a store");
    let of_tenant = team("pay").tenant().clone();
    assert_eq!(semantic.of_other_models(&of_tenant).await, Ok(14));
    let asked = query("vehicle", &team("pay"));
    assert_eq!(ids(&semantic.recall(&asked, start()).await.expect("recall")), [""; 0], "by words alone");
    let mut go_on = |_: &_| ControlFlow::Continue(());
    let done = embed_missing(&*store, &*changed, &of_tenant, Some(id("m09")), &mut go_on).await;
    let done = done.expect("embedded");
    assert_eq!((done.done, done.kept, done.passed, done.next), (4, 0, 0, None));
    assert_eq!(semantic.of_other_models(&of_tenant).await, Ok(10));
    let mut seen = 0;
    let mut count = |_: &_| {
        seen += 1;
        ControlFlow::Continue(())
    };
    let all = embed_missing(&*store, &*changed, &of_tenant, None, &mut count).await.expect("embedded");
    assert_eq!((all.done, all.kept, all.next, seen), (10, 4, None, 1));
    assert_eq!(semantic.of_other_models(&of_tenant).await, Ok(0));
    assert_eq!(ids(&semantic.recall(&asked, start()).await.expect("recall"))[0], "m00");
    let wrong = [MemoryVector::new(&memories[0], vec![1.0])];
    assert!(kept(&*store).put_vectors(&changed.model, &wrong).await.is_err(), "a vector of another length");
}

/// A failing embedder loses no memory and no answer.
pub async fn an_embedder_that_fails_takes_nothing_away(MemoryFixture { store, .. }: MemoryFixture) {
    let embedder = dictionary("one");
    let semantic = SemanticMemoryStore::new(Arc::clone(&store), Arc::clone(&embedder) as _).expect("a store");
    let memories = memories(&team("pay"));
    embedder.fails.store(true, Ordering::SeqCst);
    fill(&semantic, &memories).await;
    assert!(semantic.trouble().is_some_and(|why| why.contains("no answer")));
    let asked = query("late train", &team("pay"));
    let hits = semantic.recall(&asked, start()).await.expect("recall");
    assert_eq!(hits, store.recall(&asked, start()).await.expect("recall"));
    assert!(having(&*store, &memories).await.is_empty() && !hits.is_empty());
    embedder.fails.store(false, Ordering::SeqCst);
    let of_tenant = team("pay").tenant().clone();
    let mut go_on = |_: &_| ControlFlow::Continue(());
    assert_eq!(
        embed_missing(&*store, &*embedder, &of_tenant, None, &mut go_on).await.expect("made").done,
        14
    );
    let before = embedder.asked.load(Ordering::SeqCst);
    put(&semantic, &memories[4]).await;
    assert_eq!(embedder.asked.load(Ordering::SeqCst), before, "what says the same is not asked about again");
    semantic.recall(&asked, start()).await.expect("recall");
    assert_eq!(semantic.trouble(), None);
}

/// What is near in another team, or another tenant with the same ids, is not given.
pub async fn what_is_near_elsewhere_stays_there(MemoryFixture { store, .. }: MemoryFixture) {
    let here = memories(&team("pay"));
    let mut upper = memories(&tenant("acme"));
    upper.iter_mut().for_each(|memory| memory.id = id(format!("upper-{}", memory.id)));
    let there = memories(&tenant("globex").with_team(team("pay").team().expect("a team").clone()));
    for some in [&here, &upper, &there] {
        fill(&*store, some).await;
        give_vectors(&*store, some).await;
    }
    let mut own = by_meaning(&*store, "vehicle", &team("pay")).await;
    assert!(own.iter().all(|hit| hit.memory.scope == team("pay")) && !own.is_empty());
    assert!(by_meaning(&*store, "vehicle", &team("sales")).await.is_empty());
    let filter = MemoryFilter { reach: Reach::Upwards, limit: 50, ..MemoryFilter::new(team("pay")) };
    let asked = RecallQuery::new("vehicle", filter);
    own = kept(&*store).recall_near(&asked, &near("one", "vehicle"), start()).await.expect("recall");
    assert!(own.iter().all(|hit| hit.memory.scope.tenant() == team("pay").tenant()));
    assert_eq!(ids(&own)[..2].iter().copied().collect::<BTreeSet<_>>(), ["m00", "upper-m00"].into());
}
