use juno_domain::ErrorKind;

macro_rules! agent_error {
    ($($(#[$doc:meta])* $name:ident($error:ty)),+ $(,)?) => {
        /// Why a capability of JUNO gave no answer: the error of the stage it came from.
        #[derive(Debug, thiserror::Error)]
        #[non_exhaustive]
        pub enum AgentError {
            $($(#[$doc])* #[error(transparent)] $name(#[from] $error),)+
        }

        impl AgentError {
            /// What the caller can do about it.
            #[must_use]
            pub fn kind(&self) -> ErrorKind {
                match self {
                    $(Self::$name(error) => error.kind(),)+
                }
            }
        }
    };
}

agent_error! {
    /// A value breaks a rule of the vocabulary, or the caller cancelled.
    Domain(juno_domain::DomainError),
    /// An export could not be read.
    Connector(juno_connectors::ConnectorError),
    /// A history could not be rebuilt.
    Analytics(juno_analytics::AnalyticsError),
    /// A forecast could not be made.
    Risk(juno_risk::RiskError),
    /// A confidence could not be computed.
    Confidence(juno_confidence::ConfidenceError),
    /// A memory could not be kept or found.
    Memory(juno_memory::MemoryError),
    /// A finding could not be made.
    Reasoning(juno_reasoning::ReasoningError),
    /// A decision could not be made or kept.
    Governance(juno_governance::GovernanceError),
    /// An action could not be carried out or its record kept.
    Action(juno_action::ActionError),
    /// The log could not be written or read.
    Audit(juno_audit::AuditError),
    /// A digest could not be computed.
    Crypto(juno_crypto::CryptoError),
}
