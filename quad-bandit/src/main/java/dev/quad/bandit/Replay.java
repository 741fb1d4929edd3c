// SPDX-License-Identifier: Apache-2.0
package dev.quad.bandit;

import dev.quad.InfluenceScores;
import dev.quad.MismatchException;
import java.util.Arrays;
import java.util.List;

/**
 * Takes scores out of a journal's round instead of from the estimator, and makes sure that the round is the one that
 * this run would have played.
 */
final class Replay {
    private final RoundRecord written;
    private final String place;

    /** @param place file and line, for messages */
    Replay(RoundRecord written, String place) {
        this.written = written;
        this.place = place;
    }

    /** The scores of the pilot. */
    InfluenceScores pilot(int[] sample) {
        return of(0, sample);
    }

    /**
     * The scores of the next documents of a list, as many as the round has, when it scores them and draws nothing else.
     */
    InfluenceScores next(int round, int[] ordinals, int from) {
        int count = written.pulls().isEmpty() ? 0 : written.pulls().get(0).drawn().length;
        return of(round, Arrays.copyOfRange(ordinals, from, (int)
                Math.min(ordinals.length, (long) from + Math.max(1, count))));
    }

    private InfluenceScores of(int round, int[] sample) {
        same("round", written.round(), round);
        same("number of pulls", written.pulls().size(), 1);
        RoundRecord.Pull pull = written.pulls().get(0);
        same("arm", pull.arm(), RoundRecord.NO_ARM);
        same("documents drawn", pull.drawn(), sample);
        same("number of scores", pull.scores().size(), sample.length);
        InfluenceScores.Builder scores = InfluenceScores.builder().countTokens(written.tokens());
        for (int item = 0; item < sample.length; item++) {
            Block.copy(scores, pull.scores(), item);
        }
        return scores.build();
    }

    /** The scores of the fresh documents of all blocks, as the estimator would give them. */
    InfluenceScores scores(int round, List<Block> blocks) {
        same("round", written.round(), round);
        same("arms", arms(), blocks.stream().mapToInt(Block::arm).toArray());
        InfluenceScores.Builder fresh = InfluenceScores.builder().countTokens(written.tokens());
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            RoundRecord.Pull pull = written.pulls().get(i);
            String arm = " of arm " + block.arm();
            same("documents drawn" + arm, pull.drawn(), block.documents());
            if (pull.scores().size() == block.sampled()) {
                same("documents scored" + arm, pull.probes(), block.probes());
            }
            same("number of scores" + arm, pull.scores().size(), block.sampled());
            for (int item = block.known(); item < block.sampled(); item++) {
                Block.copy(fresh, pull.scores(), item);
            }
        }
        return fresh.build();
    }

    /** Compares what was chosen. */
    void check(List<RoundRecord.Pull> pulls) {
        for (int i = 0; i < pulls.size(); i++) {
            RoundRecord.Pull pull = pulls.get(i);
            same(
                    "documents accepted of arm " + pull.arm(),
                    written.pulls().get(i).accepted(),
                    pull.accepted());
        }
    }

    private int[] arms() {
        return written.pulls().stream().mapToInt(RoundRecord.Pull::arm).toArray();
    }

    private void same(String what, int there, int here) {
        if (there != here) {
            throw differs(what, Integer.toString(there), Integer.toString(here));
        }
    }

    private void same(String what, int[] there, int[] here) {
        if (!Arrays.equals(there, here)) {
            throw differs(what, Arrays.toString(there), Arrays.toString(here));
        }
    }

    private MismatchException differs(String what, String there, String here) {
        return new MismatchException(
                place + ": " + what + ": " + there + " there and " + here + " here, though both runs"
                        + " have the same manifest. The file was changed, or another version of the library or an arm selector"
                        + " with a state of its own wrote it; choose another path");
    }
}
