// SPDX-License-Identifier: Apache-2.0
package dev.quad.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quad.CandidatePool;
import dev.quad.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Words, and near-duplicates, in scripts that set no spaces between words. */
class WordsTest {

    private static NearDuplicates find(List<String> texts) {
        List<Document> documents = new ArrayList<>();
        texts.forEach(text -> documents.add(new Document("d" + documents.size(), text)));
        return NearDuplicates.find(CandidatePool.of(documents, d -> 1, "test"), 0.8);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            the quick, brown fox. | the/quick,/brown/fox.
            한국어는 띄어쓰기를 한다 | 한국어는/띄어쓰기를/한다
            北京，中国。 | 北/京/，/中/国/。
            ｶﾞ → カード | ｶ/ﾞ/→/カ/ー/ド
            用gpt-4o模型 v1 | 用/gpt/-/4o/模/型/v1
            ไทย ลาว | ไ/ท/ย/ล/า/ว
            か\u3099x\u0301y中 | か\u3099/x\u0301y/中
            𠀀𠀁 | 𠀀/𠀁
            """)
    void text_isTakenApart(String text, String words) {
        assertThat(String.join("/", Words.of(text))).isEqualTo(words);
    }

    /** 20 texts of 320 characters, and copies with one of them changed; with and without what stands for spaces. */
    @ParameterizedTest
    @CsvSource({
        "Chinese, 日月星辰风雨雷电山河湖海金木水火土天地人花草树鸟兽虫鱼春夏秋冬东南西北, ，",
        "Chinese without signs, 日月星辰风雨雷电山河湖海金木水火土天地人花草树鸟兽虫鱼春夏秋冬东南西北, ''",
        "Japanese, あいうえおかきくけこさしすせそたちつてとなにぬねのアイウエオカキクケコ日月山川水, 、",
        "Thai, กขคงจฉชซญดตถทธนบปผฝพฟภมยรลวศสหอาิีุูเแโไ, ' '",
        "Lao, ກຂຄງຈຊຍດຕຖທນບປຜຝພຟມຢຣລວສຫອຮາິີຸູເແໂໄ, ''",
        "Khmer, កខគឃងចឆជឈញដឋឌឍណតថទធនបផពភមយរលវសហឡអាិីុូ, ' '",
        "Burmese, ကခဂဃငစဆဇညဋဌဍဏတထဒဓနပဖဗဘမယရလဝသဟအာိီုူ, ။",
        "Tibetan, ཀཁགངཅཆཇཉཏཐདནཔཕབམཙཚཛཝཞཟའཡརལཤསཧཨ, ་",
        "mixed, 日月星辰风雨雷电山河abcdeкириллицаあいうえおアイウกขคง0123, ' '",
    })
    void copiesWithOneCharacterChanged_areFound_andOtherTextsAreNot(String name, String alphabet, String sign) {
        RandomGenerator random = new Seed(1).stream(name);
        int[] characters = alphabet.codePoints().toArray();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            StringBuilder text = new StringBuilder();
            while (text.length() < 320) {
                text.appendCodePoint(characters[random.nextInt(characters.length)]);
                if (random.nextInt(10) == 0) {
                    text.append(sign);
                }
            }
            texts.add(text.toString());
            int place = 20 + random.nextInt(280);
            texts.add(text.replace(place, place + 1, "中".indexOf(text.charAt(place)) < 0 ? "中" : "本")
                    .toString());
        }
        NearDuplicates found = find(texts);

        for (int i = 0; i < texts.size(); i++) {
            assertThat(found.isFirst(i)).as("%s, text %d", name, i).isEqualTo(i % 2 == 0);
        }
        assertThat(found.tooShort()).isZero();
        assertThat(found.groups()).isEqualTo(20);
    }

    @Test
    void textsOfFewWords_areCounted_andComparedForBeingEqual() {
        NearDuplicates found =
                find(List.of("你好", "你好", "你好吗", "four words are few", "five words are not few", "x".repeat(400)));

        assertThat(found.tooShort()).isEqualTo(5);
        assertThat(found.count()).isEqualTo(1);
    }
}
