package crux_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/cruxrpc/crux/clients/go/crux"
)

const (
	png  = "\x89PNG\r\n\x1a\n"
	jpeg = "\xff\xd8\xff"
)

func TestMediaTypeIsFound(t *testing.T) {
	for _, test := range []struct{ name, data, want string }{
		{"", png, "image/png"},
		{"", jpeg, "image/jpeg"},
		{"", "GIF89a", "image/gif"},
		{"", "RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"},
		{"", "RIFF\x00\x00\x00\x00WAVE", "audio/wav"},
		{"", "ID3", "audio/mpeg"},
		{"", "OggS\x00", "audio/ogg"},
		{"", "%PDF-1.7", "application/pdf"},
		{"", "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "video/mp4"},
		{"wrong.png", jpeg, "image/jpeg"},
		{"table.CSV", "a,b\n", "text/csv"},
		{"readme.md", "# a\n", "text/markdown"},
		{"data.json", "{}", "application/json"},
		{"text", "words", "text/plain"},
		{"report.docx", "PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"voice.m4a", "\x00\x00\x00\x00", "audio/mp4"},
	} {
		part, err := crux.Media(test.name, []byte(test.data))
		if err != nil || part.GetMedia().GetMimeType() != test.want || string(part.GetMedia().GetData()) != test.data {
			t.Errorf("%q: got %v, %v", test.name+test.data, part, err)
		}
	}
	if part, err := crux.Media("what", []byte{0, 1, 2}); err == nil {
		t.Errorf("got %v", part)
	}
}

func TestMediaFromFilesAndReaders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.png")
	if err := os.WriteFile(path, []byte(png), 0o600); err != nil {
		t.Fatal(err)
	}

	file, fileErr := crux.MediaFile(path)
	reader, readerErr := crux.MediaReader("", iotest.OneByteReader(bytes.NewReader([]byte(png))))

	if fileErr != nil || file.GetMedia().GetName() != "a.png" || string(file.GetMedia().GetData()) != png {
		t.Errorf("got %v, %v", file, fileErr)
	}
	if readerErr != nil || reader.GetMedia().GetMimeType() != "image/png" || string(reader.GetMedia().GetData()) != png {
		t.Errorf("got %v, %v", reader, readerErr)
	}
}

func TestMediaThatCannotBeReadIsAnError(t *testing.T) {
	broken := errors.New("broken")

	_, readerErr := crux.MediaReader("a.png", iotest.ErrReader(broken))
	_, fileErr := crux.MediaFile(filepath.Join(t.TempDir(), "none"))

	if !errors.Is(readerErr, broken) || !errors.Is(fileErr, os.ErrNotExist) {
		t.Errorf("got %v and %v", readerErr, fileErr)
	}
}

func TestMediaURL(t *testing.T) {
	media := crux.MediaURL("image/png", "https://example.org/a.png").GetMedia()

	if media.GetUrl() != "https://example.org/a.png" || media.GetMimeType() != "image/png" {
		t.Errorf("got %v", media)
	}
}
