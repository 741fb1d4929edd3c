// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.parquet.schema.MessageType;

/** The columns of several files. */
final class ParquetSchemas {
    private ParquetSchemas() {}

    /** The columns that all files have; empty if one is not Parquet or has others. */
    static Optional<MessageType> common(List<SourceFile> files) {
        Optional<MessageType> common = Optional.empty();
        for (SourceFile file : files) {
            if (file.packing() != SourceFile.Packing.PARQUET) {
                return Optional.empty();
            }
            try {
                MessageType schema = ParquetLines.schema(file.path());
                if (common.isPresent() && !common.get().getFields().equals(schema.getFields())) {
                    return Optional.empty();
                }
                common = Optional.of(schema);
            } catch (IOException e) {
                throw SourceFile.unreadable(file.path(), e);
            }
        }
        return common;
    }
}
