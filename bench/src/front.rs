//! TLS in front of the emulated services, so that a function's first request costs what it does on AWS, without the
//! distance.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A TLS front with a certificate of its own.
pub struct Front {
    /// Its address.
    pub address: SocketAddr,
    /// The file with its root certificate.
    pub root: PathBuf,
}

impl Front {
    /// Opens a front before `inner`, and stores its root in `directory`.
    pub async fn open(inner: SocketAddr, directory: &Path) -> io::Result<Self> {
        let (config, root_pem) = certified().map_err(io::Error::other)?;
        let root = directory.join("root.pem");
        std::fs::write(&root, root_pem)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                // A connection ends with its function's process, which is no error.
                tokio::spawn(async move { pass(stream, acceptor, inner).await.ok() });
            }
        });
        Ok(Self { address, root })
    }

    /// The endpoint for the SDK.
    pub fn endpoint(&self) -> String {
        format!("https://{}", self.address)
    }
}

async fn pass(stream: TcpStream, acceptor: TlsAcceptor, inner: SocketAddr) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut outside = acceptor.accept(stream).await?;
    let mut inside = TcpStream::connect(inner).await?;
    inside.set_nodelay(true)?;
    copy_bidirectional(&mut outside, &mut inside).await?;
    Ok(())
}

/// A root and a server certificate. The server speaks HTTP/1.1, like DynamoDB's endpoints.
fn certified() -> Result<(ServerConfig, String), Box<dyn std::error::Error + Send + Sync>> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Bench root");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let root = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec![Ipv4Addr::LOCALHOST.to_string()])?.signed_by(&key, &root)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((config, root.pem()))
}
