// Command protoc compiles the contract and hands it to the generators named on the command line.
//
//	protoc <directory of protos> <output directory> <generator>...
//
// A generator is a protoc plugin. Files are placed as their go_package says, below the module's path.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/pluginpb"
)

// parameter is what each generator is told: the module's path is left out of the files' paths.
const parameter = "module=github.com/cruxrpc/crux/clients/go"

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: protoc <directory of protos> <output directory> <generator>...")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "protoc:", err)
		os.Exit(1)
	}
}

func run(protos, output string, generators []string) error {
	request, err := compile(protos)
	if err != nil {
		return err
	}
	for _, generator := range generators {
		if err := generate(generator, request, output); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(generator), err)
		}
	}
	return nil
}

// compile parses every proto below the directory, comments included.
func compile(directory string) ([]byte, error) {
	names, err := fs.Glob(os.DirFS(directory), "crux/v1/*.proto")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no crux/v1/*.proto in %s", directory)
	}
	compiler := protocompile.Compiler{
		Resolver:       protocompile.WithStandardImports(&protocompile.SourceResolver{ImportPaths: []string{directory}}),
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	files, err := compiler.Compile(context.Background(), names...)
	if err != nil {
		return nil, err
	}
	request := &pluginpb.CodeGeneratorRequest{FileToGenerate: names, Parameter: proto.String(parameter)}
	seen := map[string]bool{}
	for _, file := range files {
		appendFile(request, file, files, seen)
	}
	return proto.Marshal(request)
}

// appendFile appends a file after what it imports, each once.
func appendFile(request *pluginpb.CodeGeneratorRequest, file protoreflect.FileDescriptor, files linker.Files, seen map[string]bool) {
	if seen[file.Path()] {
		return
	}
	seen[file.Path()] = true
	for i := range file.Imports().Len() {
		appendFile(request, file.Imports().Get(i).FileDescriptor, files, seen)
	}
	request.ProtoFile = append(request.ProtoFile, protoutil.ProtoFromFileDescriptor(file))
}

// generate runs a plugin and writes its files.
func generate(plugin string, request []byte, output string) error {
	command := exec.Command(plugin)
	command.Stdin = bytes.NewReader(request)
	command.Stderr = os.Stderr
	answer, err := command.Output()
	if err != nil {
		return err
	}
	var response pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(answer, &response); err != nil {
		return err
	}
	if response.Error != nil {
		return fmt.Errorf("%s", response.GetError())
	}
	slices.SortFunc(response.File, func(a, b *pluginpb.CodeGeneratorResponse_File) int {
		return bytes.Compare([]byte(a.GetName()), []byte(b.GetName()))
	})
	for _, file := range response.File {
		path := filepath.Join(output, file.GetName())
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(file.GetContent()), 0o644); err != nil {
			return err
		}
	}
	return nil
}
