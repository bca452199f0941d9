/// How much each part of the ranking counts.
///
/// [`RankWeights::DEFAULT`] is what every store uses. The numbers come from an ablation on long conversations
/// ([LoCoMo](https://arxiv.org/abs/2402.17753)); the memory page of the documents tells what each is worth. A part whose weight is 0 is off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankWeights {
    /// Saturation of repeated words.
    pub k1: f64,
    /// Weight of a text's length, 0 to 1.
    pub b: f64,
    /// Two neighbouring words of the query that stand within four words of each other.
    pub proximity: f64,
    /// The share of the query, by rarity, that a memory holds.
    pub coverage: f64,
    /// What a text that ends by asking loses.
    pub question: f64,
    /// What the only speaker that is named gains.
    pub speaker: f64,
    /// What that speaker's memories gain of their neighbours' scores.
    pub speaker_context: f64,
    /// What the turns before give.
    pub before: f64,
    /// What the turns after give.
    pub after: f64,
    /// How many turns it takes for what neighbours give to fall to 1/e.
    pub reach: f64,
    /// What a text that asks gives more to the turn just after it, which answers.
    pub answer: f64,
    /// What the whole thread's words give.
    pub thread: f64,
    /// Saturation of repeated words in a thread.
    pub thread_k1: f64,
    /// Weight of a thread's length, 0 to 1.
    pub thread_b: f64,
    /// What a text that says when gains where a time is asked for.
    pub when: f64,
    /// What a memory of a date that the query names gains.
    pub date: f64,
    /// What the memory closest in meaning gains of the best text's score, where there are vectors and they agree with
    /// the words.
    pub near: f64,
    /// From how many standard deviations above the mean on a memory counts as close.
    pub near_from: f64,
    /// How far the texts that the words find stand out in the vectors at the least, in standard errors, for vectors to be
    /// believed at all.
    pub near_doubt: f64,
    /// How much further it takes to believe them wholly.
    pub near_belief: f64,
    /// How much having been recorded recently counts.
    pub recency: f64,
    /// How much importance counts.
    pub importance: f64,
    /// The power to which confidence counts.
    pub confidence: f64,
}

impl RankWeights {
    /// The weights of every store.
    pub const DEFAULT: Self = Self {
        k1: 0.9,
        b: 0.3,
        proximity: 0.4,
        coverage: 0.7,
        question: 0.3,
        speaker: 0.3,
        speaker_context: 0.4,
        before: 0.5,
        after: 0.3,
        reach: 2.5,
        answer: 0.5,
        thread: 0.6,
        thread_k1: 1.2,
        thread_b: 1.0,
        when: 0.3,
        date: 1.2,
        near: 0.3,
        near_from: 2.0,
        near_doubt: 0.5,
        near_belief: 2.0,
        recency: 0.05,
        importance: 0.15,
        confidence: 0.5,
    };
}

impl Default for RankWeights {
    fn default() -> Self {
        Self::DEFAULT
    }
}
