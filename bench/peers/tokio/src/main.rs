//! An echo server on tokio: one task a connection, all on the current thread.
//! Usage: tokio PORT

use std::{env, io, net::Ipv4Addr, process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

const BUFFER_BYTES: usize = 64 * 1024;
const BACKLOG: u32 = 4096;

/// Reads the next block only when this one is written: the peer's window bounds the memory.
async fn echo(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..length]).await?;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let port: u16 = match env::args().nth(1).and_then(|text| text.parse().ok()) {
        Some(port) => port,
        None => process::exit(64),
    };
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    let listener = socket.listen(BACKLOG)?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(echo(stream));
    }
}
