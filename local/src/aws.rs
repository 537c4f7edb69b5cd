//! The operator's own AWS account, for commands on what is deployed.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sqs::error::DisplayErrorContext;
use shared::table::connect;

use crate::failure::Failure;

/// Settings for the SDK's clients, with the credentials and the region that the AWS command line would take.
///
/// # Errors
/// No credentials, unusable ones, no region: looked at here, since the services' own clients would only say later that they could not
/// send a request.
pub async fn settings() -> Result<SdkConfig, Failure> {
    let https = connect::https(None)?;
    let settings = aws_config::defaults(BehaviorVersion::latest()).http_client(https).load().await;
    let Some(provider) = settings.credentials_provider() else { return Err(Failure::new(NO_CREDENTIALS)) };
    match provider.provide_credentials().await {
        Ok(_) if settings.region().is_none() => Err(Failure::new("no AWS region: set AWS_REGION")),
        Ok(_) => Ok(settings),
        Err(CredentialsError::CredentialsNotLoaded(_)) => Err(Failure::new(NO_CREDENTIALS)),
        Err(error) => {
            let why = DisplayErrorContext(&error);
            Err(Failure::new(format!("the AWS credentials cannot be used; {SIGNED_IN} ({why})")))
        }
    }
}

/// What helps who signs in through IAM Identity Center.
const SIGNED_IN: &str = if cfg!(feature = "sso") {
    "`aws sso login` may renew them"
} else {
    "of a profile with single sign-on, say `eval \"$(aws configure export-credentials --format env)\"`"
};

const NO_CREDENTIALS: &str = "no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
