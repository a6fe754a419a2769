// The life of files through com.openai:openai-java.
// mvn dependency:copy-dependencies -DoutputDirectory=D && java -cp 'D/*' Main.java

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.MultipartField;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileListParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.uploads.Upload;
import com.openai.models.uploads.UploadCompleteParams;
import com.openai.models.uploads.UploadCreateParams;
import com.openai.models.uploads.parts.PartCreateParams;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

public class Main {
    static final int MIB = 1 << 20;

    // OPENAI_BASE_URL and OPENAI_API_KEY say where and who; every answer is held to its type.
    static final OpenAIClient client =
            OpenAIOkHttpClient.builder().fromEnv().responseValidation(true).build();

    public static void main(String[] arguments) throws Exception {
        try {
            createAndRead();
            createLarge();
            list();
            uploadInParts();
            readErrors();
        } catch (Exception error) {
            fail(error.toString());
        }
        System.exit(0); // its HTTP client's threads would linger for a minute
    }

    static void createAndRead() throws Exception {
        check("an empty list", listed(FileListParams.none()), List.of());

        byte[] content = "{\"custom_id\": \"1\"}\n".getBytes("UTF-8");
        FileObject file = create("größe \"1\".jsonl", content, 7200);
        check("the life", file.expiresAt().get() - file.createdAt(), 7200L);
        check("the size", file.bytes(), (long) content.length);
        check("the filename", file.filename(), "größe \"1\".jsonl");
        check("the purpose", file.purpose(), FileObject.Purpose.BATCH);
        done("create");

        check("the retrieved file", client.files().retrieve(file.id()), file);
        done("retrieve");

        check("the content", Arrays.equals(read(file.id()), content), true);
        done("content");

        var deleted = client.files().delete(file.id());
        check("the deleted id", deleted.id(), file.id());
        check("deleted", deleted.deleted(), true);
        done("delete");
    }

    static void createLarge() throws Exception {
        byte[] content = new byte[20 * MIB];
        for (int at = 0; at < content.length; at++) {
            content[at] = (byte) (at ^ at >> 8 ^ at >> 16);
        }
        FileObject file = create("large.bin", content, 3600);
        check("the size", file.bytes(), (long) content.length);
        check("the large content", Arrays.equals(read(file.id()), content), true);
        client.files().delete(file.id());
        done("large");
    }

    static void list() throws Exception {
        List<String> created = new ArrayList<>();
        for (int number = 0; number < 5; number++) {
            created.add(create(number + ".jsonl", "{}\n".getBytes(), 3600).id());
        }
        var oldest = FileListParams.builder().limit(2).order(FileListParams.Order.ASC);
        check("the listed ids, oldest first", listed(oldest.build()), created);
        Collections.reverse(created);
        check("the listed ids", listed(FileListParams.builder().limit(2).build()), created);
        done("list");
    }

    static void uploadInParts() throws Exception {
        byte[] content = "0123456789abcde\n".repeat(20 * MIB / 16).getBytes();
        Upload upload = begin("large.jsonl", content.length);
        check("the upload's status", upload.status(), Upload.Status.PENDING);
        String second = part(upload, Arrays.copyOfRange(content, 8 * MIB, 20 * MIB));
        String first = part(upload, Arrays.copyOf(content, 8 * MIB));
        byte[] md5 = MessageDigest.getInstance("MD5").digest(content);
        Upload completed = client.uploads().complete(
                upload.id(),
                UploadCompleteParams.builder()
                        .partIds(List.of(first, second))
                        .md5(HexFormat.of().formatHex(md5))
                        .build());
        check("the upload's status", completed.status(), Upload.Status.COMPLETED);
        FileObject file = completed.file().get();
        check("the life", file.expiresAt().get() - file.createdAt(), 3600L);
        check("the joined content", Arrays.equals(read(file.id()), content), true);

        Upload cancelled = client.uploads().cancel(begin("other.jsonl", 1).id());
        check("the cancelled upload's status", cancelled.status(), Upload.Status.CANCELLED);
        done("upload");
    }

    static void readErrors() {
        try {
            client.files().retrieve("file-nothing");
            fail("a file that is not there was retrieved");
        } catch (NotFoundException gone) {
            check("the type", gone.type(), Optional.of("invalid_request_error"));
            String told = "404: No such File object: file-nothing";
            check("the message", gone.getMessage().startsWith(told), true);
        }
        try {
            create("a.jsonl", "{}\n".getBytes(), 60);
            fail("a life of a minute was accepted");
        } catch (BadRequestException refused) {
            check("the parameter", refused.param(), Optional.of("expires_after[seconds]"));
        }
        done("errors");
    }

    static FileObject create(String filename, byte[] content, long seconds) {
        InputStream bytes = new ByteArrayInputStream(content);
        return client.files().create(
                FileCreateParams.builder()
                        .file(MultipartField.<InputStream>builder().value(bytes).filename(filename).build())
                        .purpose(FilePurpose.BATCH)
                        .expiresAfter(FileCreateParams.ExpiresAfter.builder().seconds(seconds).build())
                        .build());
    }

    static List<String> listed(FileListParams query) {
        return client.files().list(query).autoPager().stream().map(FileObject::id).toList();
    }

    static Upload begin(String filename, long size) {
        return client.uploads().create(
                UploadCreateParams.builder()
                        .bytes(size)
                        .filename(filename)
                        .mimeType("application/jsonl")
                        .purpose(FilePurpose.BATCH)
                        .expiresAfter(UploadCreateParams.ExpiresAfter.builder().seconds(3600).build())
                        .build());
    }

    static String part(Upload upload, byte[] content) {
        var data = PartCreateParams.builder().data(content).build(); // sent without a filename
        return client.uploads().parts().create(upload.id(), data).id();
    }

    static byte[] read(String fileId) throws Exception {
        try (var answer = client.files().content(fileId)) {
            return answer.body().readAllBytes();
        }
    }

    static void check(String what, Object got, Object wanted) {
        if (!got.equals(wanted)) {
            fail(what + " is " + got + " instead of " + wanted);
        }
    }

    static void done(String step) {
        System.out.println(step);
    }

    static void fail(String what) {
        System.err.println(what);
        System.exit(1);
    }
}
