//! The words that a definition and a rule share, so that a mistake reads the same whether the API
//! server finds it by the definition or asks us.

/// `hibernate-required`
pub const HIBERNATE_REQUIRED: &str = "type Hibernate needs to know where the checkpoint goes; name \
                                      a snapshotClaimName, or set `hibernate: {}` for the default \
                                      claim";

/// `hibernate-source-exclusive`: the limit. What is set comes next.
pub const ONE_SOURCE: &str = "at most one of snapshotClaimName, snapshotClaimTemplateName and \
                              snapshotProviderRef may be set";
/// `hibernate-source-exclusive`: what to do.
pub const KEEP_ONE_SOURCE: &str = "keep one and remove the rest (a merge patch sets them to null)";

/// `parameters-valid`, for an empty key
pub const EMPTY_KEY: &str = "a parameter's key must not be empty; name it or remove it";
/// `parameters-valid`: what to do where they are too large.
pub const REMOVE_PARAMETERS: &str = "remove what the driver does not need";

/// `provisioner-valid`, for the prefix
pub const LONG_PREFIX: &str = "prefix part must be no more than 253 bytes";

/// `template-metadata-valid`, for the key of a label or an annotation
pub const METADATA_KEY: &str = "a key is a name of at most 63 letters, digits, '-', '_' and '.', \
                                which starts and ends with a letter or digit, with an optional DNS \
                                prefix, as in example.com/profile; rename it";
/// `template-metadata-valid`: what to do where annotations are too large.
pub const REMOVE_ANNOTATIONS: &str = "remove or shorten some of them";
