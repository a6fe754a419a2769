// The life of files through github.com/sashabaranov/go-openai: go run .
//
// It knows neither expires_after nor pages nor uploads in parts.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

var (
	ctx    = context.Background()
	client = newClient()
)

func newClient() *openai.Client {
	config := openai.DefaultConfig(os.Getenv("OPENAI_API_KEY"))
	config.BaseURL = os.Getenv("OPENAI_BASE_URL")
	return openai.NewClientWithConfig(config)
}

func main() {
	createAndRead()
	createLarge()
	list()
	readErrors()
}

func createAndRead() {
	check("an empty list", len(must(client.ListFiles(ctx)).Files), 0)

	content := "{\"custom_id\": \"1\"}\n"
	file := create("größe 1.jsonl", content)
	check("the size", file.Bytes, len(content))
	check("the filename", file.FileName, "größe 1.jsonl")
	check("the purpose", file.Purpose, "batch")
	check("the status", file.Status, "processed")
	done("create")

	retrieved := must(client.GetFile(ctx, file.ID))
	check("the retrieved id", retrieved.ID, file.ID)
	check("the retrieved time", retrieved.CreatedAt, file.CreatedAt)
	done("retrieve")

	check("the content", string(read(file.ID)), content)
	done("content")

	must(file, client.DeleteFile(ctx, file.ID))
	done("delete")
}

func createLarge() {
	content := make([]byte, 20<<20)
	for at := range content {
		content[at] = byte(at ^ at>>8 ^ at>>16)
	}
	file := create("large.bin", string(content))
	check("the size", file.Bytes, len(content))
	check("the large content", bytes.Equal(read(file.ID), content), true)
	must(file, client.DeleteFile(ctx, file.ID))
	done("large")
}

func list() {
	var created, listed []string
	for number := range 5 {
		file := create(fmt.Sprintf("%d.jsonl", number), "{}\n")
		created = append([]string{file.ID}, created...)
	}
	for _, file := range must(client.ListFiles(ctx)).Files {
		listed = append(listed, file.ID)
	}
	check("the listed ids", listed, created)
	done("list")
}

func readErrors() {
	_, err := client.GetFile(ctx, "file-nothing")
	gone := apiError(err)
	check("the status", gone.HTTPStatusCode, 404)
	check("the type", gone.Type, "invalid_request_error")
	check("the message", strings.HasPrefix(gone.Message, "No such File object: file-nothing"), true)

	_, err = client.CreateFileBytes(ctx, openai.FileBytesRequest{
		Name: "a.jsonl", Bytes: []byte("{}\n"), Purpose: openai.PurposeAssistants,
	})
	refused := apiError(err)
	check("the status", refused.HTTPStatusCode, 400)
	check("a parameter is named", refused.Param != nil, true)
	check("the parameter", *refused.Param, "purpose")
	done("errors")
}

func create(filename, content string) openai.File {
	return must(client.CreateFileBytes(ctx, openai.FileBytesRequest{
		Name: filename, Bytes: []byte(content), Purpose: openai.PurposeBatch,
	}))
}

func read(fileID string) []byte {
	answer := must(client.GetFileContent(ctx, fileID))
	defer answer.Close()
	return must(io.ReadAll(answer))
}

func apiError(err error) *openai.APIError {
	var found *openai.APIError
	if !errors.As(err, &found) {
		fail("an *openai.APIError was expected, not %T: %v", err, err)
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
