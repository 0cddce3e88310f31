// Command image asks about an image: the file that is its argument, or one it draws.
package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"log"
	"os"

	"github.com/cruxrpc/crux/clients/go/crux"
	cruxv1 "github.com/cruxrpc/crux/clients/go/crux/v1"
)

func main() {
	client, err := crux.New(cmp.Or(os.Getenv("CRUX_ADDRESS"), "localhost:50051"), crux.WithToken(os.Getenv("CRUX_TOKEN")))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = client.Close() }()

	picture, err := load(os.Args[1:])
	if err != nil {
		log.Fatal(err)
	}
	request := &cruxv1.ChatRequest{
		Model:    "openai/gpt-5",
		Messages: []*cruxv1.Message{crux.User(crux.Text("What is in this picture?"), picture)},
	}
	response, err := client.Chat(context.Background(), request)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, %d bytes: %s\n", picture.GetMedia().GetMimeType(), len(picture.GetMedia().GetData()), response.GetText())
}

func load(arguments []string) (*cruxv1.Part, error) {
	if len(arguments) > 0 {
		return crux.MediaFile(arguments[0])
	}
	square := image.NewRGBA(image.Rect(0, 0, 64, 64))
	draw.Draw(square, square.Bounds(), image.NewUniform(color.RGBA{R: 200, A: 255}), image.Point{}, draw.Src)
	var encoded bytes.Buffer
	if err := png.Encode(&encoded, square); err != nil {
		return nil, err
	}
	return crux.MediaReader("", &encoded)
}
