//! Compiles the contract: proto -> descriptor set -> tonic code. Needs no `protoc`.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use prost::Message;

const PROTOS: [&str; 9] = [
    "crux/v1/admin.proto",
    "crux/v1/chat.proto",
    "crux/v1/content.proto",
    "crux/v1/error.proto",
    "crux/v1/keys.proto",
    "crux/v1/models.proto",
    "crux/v1/preferences.proto",
    "crux/v1/server.proto",
    "crux/v1/usage.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-env-changed=CRUX_REVISION");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);

    let mut descriptors = protox::compile(PROTOS, ["proto"])?;
    fs::write(out.join("crux.v1.bin"), descriptors.encode_to_vec())?;

    tonic_prost_build::configure()
        .build_server(false)
        .bytes(".")
        .btree_map(".")
        .codec_path("crate::rpc::codec::Codec")
        // They hold secrets.
        .skip_debug([
            ".crux.v1.CreateApiTokenResponse",
            ".crux.v1.CreateKeyRequest",
            ".crux.v1.RotateKeyRequest",
        ])
        // The rare large arms would make every delta pay for their size.
        .boxed(".crux.v1.ChatEvent.event.attempt_started")
        .boxed(".crux.v1.ChatEvent.event.part_started")
        .boxed(".crux.v1.ChatEvent.event.citation_added")
        .boxed(".crux.v1.ChatEvent.event.part_finished")
        .boxed(".crux.v1.ChatEvent.event.finished")
        .boxed(".crux.v1.ChatEvent.event.failed")
        .compile_fds(descriptors.clone())?;

    // The server's side alone. It sends the head of a chat's answer before the answer, which tonic does for streams
    // only; on the wire, one message is a stream of one.
    let services = descriptors.file.iter_mut().flat_map(|file| &mut file.service);
    let methods = services.flat_map(|service| &mut service.method);
    for chat in methods.filter(|method| method.name() == "Chat") {
        chat.server_streaming = Some(true);
    }
    // It answers lists of models with rows that are encoded already.
    let server = out.join("server");
    fs::create_dir_all(&server)?;
    tonic_prost_build::configure()
        .build_client(false)
        .out_dir(server)
        .codec_path("crate::rpc::codec::Codec")
        .extern_path(".crux.v1", "crate::rpc::pb")
        .extern_path(".crux.v1.ListModelsResponse", "crate::rpc::rows::ListedRows")
        .compile_fds(descriptors)?;
    Ok(())
}
