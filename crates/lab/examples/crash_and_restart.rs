//! A counter that is kept in memory, and a client that asks again when it hears nothing: the host
//! crashes in the middle, and the client learns that it forgot.
//!
//! ```sh
//! cargo run -p lab --example crash_and_restart
//! ```

use std::time::Duration;

use lab::{Lab, ProgramResult};
use landline::Network;
use landline::tokio::{TcpListener, TcpStream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lab = Lab::builder()
        .seed(7)
        .switch("office")
        .host("client", "office", "10.0.0.1/24")
        .host("counter", "office", "10.0.0.2/24")
        .start()?;
    lab.run_on("counter", counter)?;
    let client = lab.host("client").ok_or("it was drawn")?;

    let counts = lab.run_until(async {
        let mut counts = vec![ask(&client).await, ask(&client).await];
        lab.crash("counter")?;
        // Somebody finds it, and switches it on again.
        let mend = async {
            sleep(Duration::from_secs(5)).await;
            lab.restart("counter")
        };
        let (mended, count) = tokio::join!(mend, ask(&client));
        mended?;
        counts.push(count);
        std::io::Result::Ok(counts)
    })??;
    println!("counted {counts:?}, until {} ms", lab.now().as_millis());
    // It began anew with 1, perhaps for a caller who had given up before he was answered.
    assert!(
        counts[..2] == [1, 2] && counts[2] < 3,
        "what was in memory is gone"
    );
    Ok(())
}

/// Counts its callers.
async fn counter(network: Network) -> ProgramResult {
    let listener = TcpListener::bind(&network, "0.0.0.0:7").await?;
    let mut count = 0_u8;
    loop {
        let (mut caller, _) = listener.accept().await?;
        count += 1;
        caller.write_all(&[count]).await?;
    }
}

/// Asks for the count, until there is one.
async fn ask(network: &Network) -> u8 {
    loop {
        let count = timeout(Duration::from_secs(1), async {
            let mut counter = TcpStream::connect(network, "10.0.0.2:7").await?;
            counter.read_u8().await
        });
        match count.await {
            Ok(Ok(count)) => return count,
            Ok(Err(_)) | Err(_) => sleep(Duration::from_millis(500)).await,
        }
    }
}
