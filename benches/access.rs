//! What access costs a call: the processor time to know a token among 100,000 and to open a provider's key, and the
//! memory that 10,000 tenants with 100,000 tokens take.

#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing to measure"
)]

#[expect(dead_code, reason = "each benchmark reads what it needs")]
mod measure;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crux::domain::principal::{ModelPolicy, Scope};
use crux::domain::tenant::{Tenant, TenantState};
use crux::domain::time::Timestamp;
use crux::store::{self, Location, Store};
use crux::tenancy::{Directory, NewToken, mint};
use crux::vault::{Details, Keks, LocalKek, Ring, Rules, Tried, Vault};
use measure::{cpu, memory_bytes, row};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::runtime::Builder;

// As the server itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TENANTS: usize = 10_000;
const TOKENS: usize = 100_000;
/// Tokens that call, and rounds of them.
const CALLERS: usize = 1000;
const ROUNDS: u32 = 100;
const PEER: &str = "192.0.2.7:50000";
const PROVIDER: &str = "openai";
const TARGET: Duration = Duration::from_micros(20);
const TARGET_BYTES: u64 = 100 << 20;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    match arguments.get(1).map(String::as_str) {
        // In a process of its own, so that nothing of it is in the memory that is measured.
        Some("--fill") => runtime.block_on(fill(Path::new(&arguments[2]))),
        // Only `cargo bench` asks for measurements; a test run asks whether this compiles.
        Some(_) if arguments.iter().any(|argument| argument == "--bench") => runtime.block_on(measure()),
        Some(_) | None => {}
    }
}

fn now() -> Timestamp {
    SystemTime::now().into()
}

/// Writes tenants and tokens, and prints the texts of some.
async fn fill(path: &Path) {
    let store = store::open(&Location::Sqlite(path.to_owned())).await.unwrap();
    for number in 0..TENANTS {
        store.create_tenant(&tenant(number), None).await.unwrap();
    }
    for number in 0..TOKENS {
        let new = NewToken {
            tenant_id: tenant_id(number % TENANTS),
            display_name: format!("token {number}"),
            scopes: [Scope::Chat, Scope::Models].into(),
            expire_time: None,
        };
        let minted = mint(new, now()).unwrap();
        store.create_token(&minted.token, None).await.unwrap();
        if number % (TOKENS / CALLERS) == 0 {
            println!("{}", minted.text.expose_secret());
        }
    }
}

fn tenant_id(number: usize) -> String {
    format!("tenant-{number}")
}

fn tenant(number: usize) -> Tenant {
    Tenant {
        id: tenant_id(number),
        display_name: format!("Tenant {number}"),
        state: TenantState::Active,
        models: ModelPolicy {
            allow: vec![format!("{PROVIDER}/*"), "anthropic/*".to_owned()],
            deny: vec!["*-pro".to_owned()],
        },
        labels: BTreeMap::new(),
        create_time: now(),
        update_time: now(),
        etag: "1".to_owned(),
    }
}

async fn measure() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crux.db");
    let mut filling = Command::new(std::env::current_exe().unwrap());
    let filled = filling.arg("--fill").arg(&path).output().unwrap();
    assert!(
        filled.status.success(),
        "{}",
        String::from_utf8_lossy(&filled.stderr)
    );
    let texts = String::from_utf8(filled.stdout).unwrap();
    let texts: Vec<&str> = texts.lines().collect();
    assert_eq!(texts.len(), CALLERS);
    let store = store::open(&Location::Sqlite(path)).await.unwrap();
    let ring = keys(&store).await;

    let (before, _) = memory_bytes();
    let tenants = Directory::open(Arc::clone(&store)).await.unwrap();
    // What was freed goes back to the system after a while.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (after, most) = memory_bytes();
    let at = now();
    // The first use of a token is noted, which the next ones are not.
    for text in &texts {
        tenants.authenticate(text, at, PEER).unwrap();
    }
    let known = each(&texts, |text| {
        black_box(tenants.authenticate(text, at, PEER).unwrap());
    });
    let opened = each(&texts, |_| {
        black_box(
            ring.lease("tenant-7", PROVIDER, at, &mut Tried::default())
                .unwrap(),
        );
    });

    println!("| measurement | measured | target | |\n|---|---:|---:|---|");
    let both = known + opened;
    row(
        "processor time to know a token among 100,000",
        &format!("{known:.1?}"),
        "",
        None,
    );
    row(
        "processor time to open a provider's key",
        &format!("{opened:.1?}"),
        "",
        None,
    );
    row("both", &format!("{both:.1?}"), "<= 20 us", Some(both <= TARGET));
    let taken = after.saturating_sub(before);
    let mebibytes = |bytes: u64| format!("{} MiB", bytes >> 20);
    row(
        "memory of 10,000 tenants and 100,000 tokens",
        &mebibytes(taken),
        "<= 100 MiB",
        Some(taken <= TARGET_BYTES),
    );
    row(
        "at most, while they are read",
        &mebibytes(most.saturating_sub(before)),
        "",
        None,
    );
}

/// A ring with one key of a tenant's own.
async fn keys(store: &Arc<dyn Store>) -> Arc<Ring> {
    let ring = Arc::new(Ring::new(Rules::default(), BTreeMap::new()));
    let keks = Keks::new(vec![Arc::new(LocalKek::draw().unwrap())]);
    let vault = Vault::new(Arc::clone(store), keks, Arc::clone(&ring));
    let details = Details {
        provider: PROVIDER.to_owned(),
        tenant_id: tenant_id(7),
        ..Details::default()
    };
    let secret = SecretString::from("not-a-real-one-".repeat(10));
    vault.create(details, &secret, None, now()).await.unwrap();
    ring
}

/// Processor time of one `call`, over many.
fn each(texts: &[&str], mut call: impl FnMut(&str)) -> Duration {
    let before = cpu(None);
    for _ in 0..ROUNDS {
        for text in texts {
            call(text);
        }
    }
    cpu(None).saturating_sub(before) / (ROUNDS * u32::try_from(texts.len()).unwrap())
}
