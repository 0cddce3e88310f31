package io.github.cruxrpc.crux;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Set;

/** Makes field masks for updates. */
final class Masks {
  private Masks() {}

  /**
   * Names what is to change.
   *
   * @param changes the resource
   * @param fields what the caller named; if nothing, every field that is set and can change counts
   * @param changeable the fields that the server changes
   */
  static FieldMask of(Message changes, List<String> fields, Set<String> changeable) {
    FieldMask.Builder mask = FieldMask.newBuilder();
    if (!fields.isEmpty()) {
      return mask.addAllPaths(fields).build();
    }
    for (FieldDescriptor field : changes.getAllFields().keySet()) {
      if (changeable.contains(field.getName())) {
        mask.addPaths(field.getName());
      }
    }
    if (mask.getPathsCount() == 0) {
      throw new IllegalArgumentException(
          "nothing to change: set, or name, some of " + changeable.stream().sorted().toList());
    }
    return mask.build();
  }
}
