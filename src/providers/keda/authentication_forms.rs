//! The fields of TriggerAuthentications, as KEDA's definitions have them, with their versions.

use super::form::{Form, Member};
use super::version::Life;

const ALWAYS: Life = Life::ALWAYS;

pub(super) const AUTHENTICATION: &[Member] = &[
    Member::new("podIdentity", Form::Object(POD_IDENTITY)),
    Member::new("secretTargetRef", Form::List(&Form::Object(KEYED))),
    Member::new("configMapTargetRef", Form::List(&Form::Object(KEYED))).since(13),
    Member::new(
        "env",
        Form::List(&Form::Object(&[
            Member::new("parameter", Form::Text).required(),
            Member::new("name", Form::Text).required(),
            Member::new("containerName", Form::Text),
        ])),
    ),
    Member::new("filePath", Form::Text).since(19),
    Member::new("hashiCorpVault", Form::Object(VAULT)),
    Member::new("azureKeyVault", Form::Object(KEY_VAULT)),
    Member::new("awsSecretManager", Form::Object(AWS_SECRETS)).since(13),
    Member::new("gcpSecretManager", Form::Object(GCP_SECRETS)).since(13),
    Member::new(
        "boundServiceAccountToken",
        Form::List(&Form::Object(&[
            Member::new("parameter", Form::Text).required(),
            Member::new("serviceAccountName", Form::Text).required(),
        ])),
    )
    .since(17),
    Member::new("oauth2", Form::Object(OAUTH2)).since(20),
];

const POD_IDENTITY: &[Member] = &[
    Member::new(
        "provider",
        Form::OneOf(&[
            ("aws", Life::since(13)),
            ("aws-eks", ALWAYS),
            ("azure-workload", ALWAYS),
            ("gcp", ALWAYS),
            ("none", ALWAYS),
            ("azure", Life::until(14)),
            ("aws-kiam", Life::until(14)),
        ]),
    )
    .required(),
    Member::new("identityId", Form::Text),
    Member::new("identityTenantId", Form::Text).since(14),
    Member::new("identityAuthorityHost", Form::Text).since(14),
    Member::new("roleArn", Form::Text).since(13),
    Member::new("externalID", Form::Text).since(20),
    Member::new("identityOwner", Form::OneOf(&[("keda", ALWAYS), ("workload", ALWAYS)])).since(13),
];

const KEYED: &[Member] = &[
    Member::new("parameter", Form::Text).required(),
    Member::new("name", Form::Text).required(),
    Member::new("key", Form::Text).required(),
];

const VAULT: &[Member] = &[
    Member::new("address", Form::Text).required(),
    Member::new("authentication", Form::OneOf(&[("token", ALWAYS), ("kubernetes", ALWAYS)])).required(),
    Member::new("namespace", Form::Text),
    Member::new("role", Form::Text),
    Member::new("mount", Form::Text),
    Member::new(
        "credential",
        Form::Object(&[
            Member::new("token", Form::Text),
            Member::new("serviceAccount", Form::Text),
            Member::new("serviceAccountName", Form::Text).since(17),
        ]),
    ),
    Member::new(
        "secrets",
        Form::List(&Form::Object(&[
            Member::new("parameter", Form::Text).required(),
            Member::new("path", Form::Text).required(),
            Member::new("key", Form::Text).required(),
            Member::new(
                "type",
                Form::OneOf(&[("", ALWAYS), ("secretV2", ALWAYS), ("secret", ALWAYS), ("pki", ALWAYS)]),
            ),
            Member::new("pkiData", Form::Any),
        ])),
    )
    .required(),
];

const SECRET_KEY: Form = Form::Object(&[Member::new(
    "valueFrom",
    Form::Object(&[Member::new(
        "secretKeyRef",
        Form::Object(&[Member::new("name", Form::Text).required(), Member::new("key", Form::Text).required()]),
    )
    .required()]),
)
.required()]);

const KEY_VAULT: &[Member] = &[
    Member::new("vaultUri", Form::Text).required(),
    Member::new(
        "secrets",
        Form::List(&Form::Object(&[
            Member::new("parameter", Form::Text).required(),
            Member::new("name", Form::Text).required(),
            Member::new("version", Form::Text),
        ])),
    )
    .required(),
    Member::new(
        "credentials",
        Form::Object(&[
            Member::new("clientId", Form::Text).required(),
            Member::new("tenantId", Form::Text).required(),
            Member::new("clientSecret", SECRET_KEY).required(),
        ]),
    ),
    Member::new("podIdentity", Form::Object(POD_IDENTITY)),
    Member::new(
        "cloud",
        Form::Object(&[
            Member::new("type", Form::Text).required(),
            Member::new("keyVaultResourceURL", Form::Text),
            Member::new("activeDirectoryEndpoint", Form::Text),
        ]),
    ),
];

const AWS_SECRETS: &[Member] = &[
    Member::new(
        "secrets",
        Form::List(&Form::Object(&[
            Member::new("parameter", Form::Text).required(),
            Member::new("name", Form::Text).required(),
            Member::new("versionId", Form::Text),
            Member::new("versionStage", Form::Text),
            Member::new("secretKey", Form::Text).since(17),
        ])),
    )
    .required(),
    Member::new(
        "credentials",
        Form::Object(&[
            Member::new("accessKey", SECRET_KEY).required(),
            Member::new("accessSecretKey", SECRET_KEY).required(),
            Member::new("accessToken", SECRET_KEY),
        ]),
    ),
    Member::new("podIdentity", Form::Object(POD_IDENTITY)),
    Member::new("region", Form::Text),
];

const GCP_SECRETS: &[Member] = &[
    Member::new(
        "secrets",
        Form::List(&Form::Object(&[
            Member::new("parameter", Form::Text).required(),
            Member::new("id", Form::Text).required(),
            Member::new("version", Form::Text),
        ])),
    )
    .required(),
    Member::new("credentials", Form::Object(&[Member::new("clientSecret", SECRET_KEY).required()])),
    Member::new("podIdentity", Form::Object(POD_IDENTITY)),
];

const OAUTH2: &[Member] = &[
    Member::new("type", Form::OneOf(&[("clientCredentials", ALWAYS)])).required(),
    Member::new("clientId", Form::Text).required(),
    Member::new("clientSecret", SECRET_KEY),
    Member::new("tokenUrl", Form::Text).required(),
    Member::new("scopes", Form::List(&Form::Text)),
    Member::new("tokenUrlParams", Form::Texts),
];
