//! The life of files through async-openai: cargo run

use std::fmt::Debug;

use async_openai::error::{ApiErrorResponse, OpenAIError};
use async_openai::traits::RequestOptionsBuilder;
use async_openai::types::files::{
    CreateFileRequest, FileExpirationAfter, FileExpirationAfterAnchor, FileInput, FilePurpose,
    OpenAIFile, OpenAIFilePurpose,
};
use async_openai::types::uploads::{
    AddUploadPartRequest, CompleteUploadRequest, CreateUploadRequest, Upload, UploadPurpose,
    UploadStatus,
};
use async_openai::types::InputSource;
use async_openai::{config::OpenAIConfig, Client};

const MIB: usize = 1 << 20;

type SdkClient = Client<OpenAIConfig>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = Client::new(); // OPENAI_BASE_URL and OPENAI_API_KEY say where and who
    create_and_read(&client).await;
    create_large(&client).await;
    list(&client).await;
    upload_in_parts(&client).await;
    read_errors(&client).await;
}

async fn create_and_read(client: &SdkClient) {
    check("an empty list", listed(client, &[]).await, vec![]);

    let content = b"{\"custom_id\": \"1\"}\n";
    let file = create(client, "größe 1.jsonl", content, 7200).await;
    check("the life", file.expires_at, Some(file.created_at + 7200));
    check("the size", file.bytes, Some(content.len() as u32));
    check("the filename", file.filename.as_str(), "größe 1.jsonl");
    check("the purpose", &file.purpose, &OpenAIFilePurpose::Batch);
    println!("create");

    let retrieved = must(client.files().retrieve(&file.id).await);
    check("the retrieved file", &retrieved, &file);
    println!("retrieve");

    let read = must(client.files().content(&file.id).await);
    check("the content", &read[..], content);
    println!("content");

    let deleted = must(client.files().delete(&file.id).await);
    check("the deleted id", deleted.id, file.id);
    check("deleted", deleted.deleted, true);
    println!("delete");
}

async fn create_large(client: &SdkClient) {
    let content: Vec<u8> = (0..20 * MIB)
        .map(|at| (at ^ at >> 8 ^ at >> 16) as u8)
        .collect();
    let file = create(client, "large.bin", &content, 3600).await;
    check("the size", file.bytes, Some(content.len() as u32));
    let read = must(client.files().content(&file.id).await);
    check("the large content", read == content, true);
    must(client.files().delete(&file.id).await);
    println!("large");
}

async fn list(client: &SdkClient) {
    let mut created = vec![];
    for number in 0..5 {
        let filename = format!("{number}.jsonl");
        created.push(create(client, &filename, b"{}\n", 3600).await.id);
    }
    let oldest = listed(client, &[("limit", "2"), ("order", "asc")]).await;
    check("the listed ids, oldest first", &oldest, &created);
    created.reverse();
    let newest = listed(client, &[("limit", "2"), ("purpose", "batch")]).await;
    check("the listed ids", newest, created);
    println!("list");
}

async fn upload_in_parts(client: &SdkClient) {
    let content = b"0123456789abcde\n".repeat(20 * MIB / 16);
    let upload = begin(client, content.len()).await;
    let second = part(client, &upload, &content[8 * MIB..]).await;
    let first = part(client, &upload, &content[..8 * MIB]).await;
    let request = CompleteUploadRequest {
        part_ids: vec![first, second],
        md5: None,
    };
    let completed = must(client.uploads().complete(&upload.id, request).await);
    let file = completed.file.expect("a completed upload has a file");
    check("the life", file.expires_at, Some(file.created_at + 3600));
    let read = must(client.files().content(&file.id).await);
    check("the joined content", read == content, true);

    let other = begin(client, 1).await;
    let cancelled = must(client.uploads().cancel(&other.id).await);
    let is_cancelled = matches!(cancelled.status, UploadStatus::Cancelled);
    check("the second upload is cancelled", is_cancelled, true);
    println!("upload");
}

async fn read_errors(client: &SdkClient) {
    let gone = api_error(client.files().retrieve("file-nothing").await);
    check("the status", gone.status_code.as_u16(), 404);
    let kind = gone.api_error.r#type.as_deref();
    check("the type", kind, Some("invalid_request_error"));
    let told = gone.api_error.message;
    let is_named = told.starts_with("No such File object: file-nothing");
    check("the message names the file", is_named, true);

    let request = form("a.jsonl", b"{}\n", 60);
    let refused = api_error(client.files().create(request).await);
    check("the status", refused.status_code.as_u16(), 400);
    let param = refused.api_error.param.as_deref();
    check("the parameter", param, Some("expires_after[seconds]"));
    println!("errors");
}

async fn create(client: &SdkClient, filename: &str, content: &[u8], seconds: u32) -> OpenAIFile {
    let request = form(filename, content, seconds);
    must(client.files().create(request).await)
}

fn form(filename: &str, content: &[u8], seconds: u32) -> CreateFileRequest {
    CreateFileRequest {
        file: FileInput {
            source: source(filename, content),
        },
        purpose: FilePurpose::Batch,
        expires_after: Some(life(seconds)),
    }
}

fn source(filename: &str, content: &[u8]) -> InputSource {
    InputSource::VecU8 {
        filename: filename.to_owned(),
        vec: content.to_vec(),
    }
}

fn life(seconds: u32) -> FileExpirationAfter {
    FileExpirationAfter {
        anchor: FileExpirationAfterAnchor::CreatedAt,
        seconds,
    }
}

/// The ids of all pages; the SDK pages by hand.
async fn listed(client: &SdkClient, query: &[(&str, &str)]) -> Vec<String> {
    let mut ids: Vec<String> = vec![];
    loop {
        let mut asked = query.to_vec();
        if let Some(last) = ids.last() {
            asked.push(("after", last));
        }
        let page = must(must(client.files().query(&asked)).list().await);
        ids.extend(page.data.into_iter().map(|file| file.id));
        if !page.has_more {
            return ids;
        }
        check("the last id of a page", page.last_id.as_ref(), ids.last());
    }
}

async fn begin(client: &SdkClient, size: usize) -> Upload {
    let request = CreateUploadRequest {
        filename: "large.jsonl".to_owned(),
        purpose: UploadPurpose::Batch,
        bytes: size as u64,
        mime_type: "application/jsonl".to_owned(),
        expires_after: Some(life(3600)),
    };
    must(client.uploads().create(request).await)
}

async fn part(client: &SdkClient, upload: &Upload, content: &[u8]) -> String {
    let data = source("part", content);
    let request = AddUploadPartRequest { data };
    must(client.uploads().add_part(&upload.id, request).await).id
}

fn api_error<T: Debug>(answered: Result<T, OpenAIError>) -> ApiErrorResponse {
    match answered {
        Err(OpenAIError::ApiError(error)) => error,
        other => fail(format!("an ApiError was expected, not {other:?}")),
    }
}

fn must<T>(answered: Result<T, OpenAIError>) -> T {
    answered.unwrap_or_else(|error| fail(error.to_string()))
}

fn check<T: PartialEq + Debug>(what: &str, got: T, wanted: T) {
    if got != wanted {
        fail(format!("{what} is {got:?} instead of {wanted:?}"))
    }
}

fn fail(what: String) -> ! {
    eprintln!("{what}");
    std::process::exit(1)
}
