// The life of files through github.com/openai/openai-go: go run .
package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/openai/openai-go/v3"
)

const mib = 1 << 20

var (
	ctx    = context.Background()
	client = openai.NewClient() // OPENAI_BASE_URL and OPENAI_API_KEY say where and who
)

func main() {
	createAndRead()
	createLarge()
	list()
	uploadInParts()
	readErrors()
}

func createAndRead() {
	check("an empty list", len(listed(openai.FileListParams{})), 0)

	content := []byte("{\"custom_id\": \"1\"}\n")
	file := create("größe \"1\".jsonl", content, 7200)
	check("the life", file.ExpiresAt-file.CreatedAt, 7200)
	check("the size", file.Bytes, int64(len(content)))
	check("the filename", file.Filename, "größe \"1\".jsonl")
	check("the purpose", file.Purpose, openai.FileObjectPurposeBatch)
	check("the status", file.Status, openai.FileObjectStatusProcessed)
	done("create")

	retrieved := must(client.Files.Get(ctx, file.ID))
	check("the retrieved file", retrieved.RawJSON(), file.RawJSON())
	done("retrieve")

	check("the content", string(read(file.ID)), string(content))
	done("content")

	deleted := must(client.Files.Delete(ctx, file.ID))
	check("the deleted id", deleted.ID, file.ID)
	check("deleted", deleted.Deleted, true)
	done("delete")
}

func createLarge() {
	content := make([]byte, 20*mib)
	for at := range content {
		content[at] = byte(at ^ at>>8 ^ at>>16)
	}
	file := create("large.bin", content, 3600)
	check("the size", file.Bytes, int64(len(content)))
	check("the large content", bytes.Equal(read(file.ID), content), true)
	must(client.Files.Delete(ctx, file.ID))
	done("large")
}

func list() {
	var created []string
	for number := range 5 {
		created = append(created, create(fmt.Sprintf("%d.jsonl", number), []byte("{}\n"), 3600).ID)
	}
	slices.Reverse(created)
	check("the listed ids", listed(openai.FileListParams{Limit: openai.Int(2)}), created)
	slices.Reverse(created)
	oldest := openai.FileListParams{
		Limit:   openai.Int(2),
		Order:   openai.FileListParamsOrderAsc,
		Purpose: openai.String("batch"),
	}
	check("the listed ids, oldest first", listed(oldest), created)
	done("list")
}

func uploadInParts() {
	content := bytes.Repeat([]byte("0123456789abcde\n"), 20*mib/16)
	upload := must(client.Uploads.New(ctx, openai.UploadNewParams{
		Bytes:        int64(len(content)),
		Filename:     "large.jsonl",
		MimeType:     "application/jsonl",
		Purpose:      openai.FilePurposeBatch,
		ExpiresAfter: openai.UploadNewParamsExpiresAfter{Seconds: 3600},
	}))
	check("the upload's status", upload.Status, openai.UploadStatusPending)
	second := part(upload.ID, content[8*mib:])
	first := part(upload.ID, content[:8*mib])
	sum := md5.Sum(content)
	completed := must(client.Uploads.Complete(ctx, upload.ID, openai.UploadCompleteParams{
		PartIDs: []string{first, second},
		Md5:     openai.String(hex.EncodeToString(sum[:])),
	}))
	check("the upload's status", completed.Status, openai.UploadStatusCompleted)
	check("the life", completed.File.ExpiresAt-completed.File.CreatedAt, 3600)
	check("the joined content", bytes.Equal(read(completed.File.ID), content), true)

	other := must(client.Uploads.New(ctx, openai.UploadNewParams{
		Bytes: 1, Filename: "a", MimeType: "text/plain", Purpose: openai.FilePurposeBatch,
	}))
	cancelled := must(client.Uploads.Cancel(ctx, other.ID))
	check("the cancelled upload's status", cancelled.Status, openai.UploadStatusCancelled)
	done("upload")
}

func readErrors() {
	_, err := client.Files.Get(ctx, "file-nothing")
	gone := apiError(err)
	check("the status", gone.StatusCode, 404)
	check("the type", gone.Type, "invalid_request_error")
	check("the message", strings.HasPrefix(gone.Message, "No such File object: file-nothing"), true)

	_, err = client.Files.New(ctx, form("a.jsonl", []byte("{}\n"), 60))
	refused := apiError(err)
	check("the status", refused.StatusCode, 400)
	check("the parameter", refused.Param, "expires_after[seconds]")
	done("errors")
}

func create(filename string, content []byte, seconds int64) *openai.FileObject {
	return must(client.Files.New(ctx, form(filename, content, seconds)))
}

func form(filename string, content []byte, seconds int64) openai.FileNewParams {
	return openai.FileNewParams{
		File:         openai.File(bytes.NewReader(content), filename, "application/jsonl"),
		Purpose:      openai.FilePurposeBatch,
		ExpiresAfter: openai.FileNewParamsExpiresAfter{Seconds: seconds},
	}
}

func listed(query openai.FileListParams) (ids []string) {
	pages := client.Files.ListAutoPaging(ctx, query)
	for pages.Next() {
		ids = append(ids, pages.Current().ID)
	}
	must(ids, pages.Err())
	return ids
}

func part(uploadID string, content []byte) string {
	data := openai.UploadPartNewParams{Data: bytes.NewReader(content)}
	return must(client.Uploads.Parts.New(ctx, uploadID, data)).ID
}

func read(fileID string) []byte {
	answer := must(client.Files.Content(ctx, fileID))
	defer answer.Body.Close()
	return must(io.ReadAll(answer.Body))
}

func apiError(err error) *openai.Error {
	var found *openai.Error
	if !errors.As(err, &found) {
		fail("an *openai.Error was expected, not %T: %v", err, err)
	}
	return found
}

func must[T any](value T, err error) T {
	if err != nil {
		fail("%T: %v", err, err)
	}
	return value
}

func check(what string, got, wanted any) {
	if fmt.Sprint(got) != fmt.Sprint(wanted) {
		fail("%s is %v instead of %v", what, got, wanted)
	}
}

func done(step string) { fmt.Println(step) }

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}
