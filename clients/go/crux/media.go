package crux

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

// documents are media types by the end of a file's name that content does not tell, and systems differ about.
var documents = map[string]string{
	".csv":  "text/csv",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".heic": "image/heic",
	".m4a":  "audio/mp4",
	".md":   "text/markdown",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".txt":  "text/plain",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// Media returns an image, a sound, a video or a document from its bytes. name is its file's name, and may be empty. The
// media type is that of the content, or of the name where the content does not tell; it fails where neither does. Use
// [MediaOf] to say another.
func Media(name string, data []byte) (*cruxv1.Part, error) {
	mimeType := mediaType(name, data)
	if mimeType == "" {
		return nil, fmt.Errorf("crux: neither name nor content tell the media type of %q", name)
	}
	return MediaOf(mimeType, name, data), nil
}

// MediaOf returns media of a type that is known, such as "image/png". name may be empty.
func MediaOf(mimeType, name string, data []byte) *cruxv1.Part {
	return &cruxv1.Part{Kind: &cruxv1.Part_Media{Media: &cruxv1.Media{
		MimeType: mimeType,
		Name:     name,
		Source:   &cruxv1.Media_Data{Data: data},
	}}}
}

// MediaFile reads media from a file.
func MediaFile(path string) (*cruxv1.Part, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("crux: %w", err)
	}
	return Media(filepath.Base(path), data)
}

// MediaReader reads media to its end; wrap what has none in an [io.LimitReader]. name may be empty.
func MediaReader(name string, reader io.Reader) (*cruxv1.Part, error) {
	data, err := io.ReadAll(reader)
	if err != nil {
		return nil, fmt.Errorf("crux: %w", err)
	}
	return Media(name, data)
}

// MediaURL returns media at an https address, which the provider fetches, or the server. The media type may be empty
// where the address tells it to the provider.
func MediaURL(mimeType, url string) *cruxv1.Part {
	return &cruxv1.Part{Kind: &cruxv1.Part_Media{Media: &cruxv1.Media{
		MimeType: mimeType,
		Source:   &cruxv1.Media_Url{Url: url},
	}}}
}

// mediaType returns the media type without parameters, or nothing. Content goes before the name, as providers refuse
// what is not what it is called; but text and archives have many names.
func mediaType(name string, data []byte) string {
	content := bare(http.DetectContentType(data))
	switch content {
	case "audio/wave":
		return "audio/wav"
	case "application/ogg":
		return "audio/ogg"
	case "application/octet-stream", "application/zip", "text/plain", "text/xml":
	default:
		return content
	}
	end := strings.ToLower(filepath.Ext(name))
	if known := documents[end]; known != "" {
		return known
	}
	if known := bare(mime.TypeByExtension(end)); known != "" {
		return known
	}
	if content == "application/octet-stream" {
		return ""
	}
	return content
}

func bare(mimeType string) string {
	mimeType, _, _ = strings.Cut(mimeType, ";")
	return mimeType
}
