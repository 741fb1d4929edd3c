// SPDX-License-Identifier: Apache-2.0
package dev.quad.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages in Chromium, where this machine has it. */
class PageInBrowserTest {
    @TempDir
    private static Path place;

    @SuppressWarnings("NullAway.Init") // where it is not started no test runs
    private static Browser browser;

    private static Path coverage;
    private static Path rounds;

    @BeforeAll
    static void start() throws IOException {
        Optional<Path> program = Browser.program();
        Assumptions.assumeTrue(program.isPresent(), "skipped: there is no Chromium on the PATH to see pages in");
        coverage = page("coverage", TestRun.byCoverage(folder("coverage"), TestRun.records(300)));
        rounds = place.resolve("rounds.html");
        SelectionReport.builder(TestRun.byRounds(folder("rounds"), TestRun.records(300)).folder)
                .scoreCheck(TestRun.scoreCheck(place))
                .layout(MapLayout.NEIGHBOURS)
                .words(TestRun::words)
                .write(rounds);
        try {
            browser = Browser.start(program.get(), folder("browser"));
        } catch (IOException e) {
            Assumptions.abort("skipped: " + program.get() + " does not start here: " + e.getMessage());
        }
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
        }
    }

    private static Path folder(String name) throws IOException {
        return Files.createDirectories(place.resolve(name));
    }

    private static Path page(String name, TestRun run) throws IOException {
        return Files.writeString(place.resolve(name + ".html"), run.html());
    }

    private static void requireQuiet(Path page) {
        assertThat(browser.errors).isEmpty();
        assertThat(browser.requests).containsExactly(page.toUri().toString());
    }

    @Test
    void views_areDrawn_inLightAndDark() throws IOException {
        List<String> ofRuns = List.of(
                "#verdict",
                "#got .plot",
                "#got table",
                "#score .plot",
                "#choice .plot",
                "#choice .bar",
                "#points",
                "#groups",
                "#read .texts",
                "#repeat");
        requireDrawn(coverage, ofRuns);
        requireDrawn(rounds, ofRuns);
        requireDrawn(rounds, List.of("#score figure:last-child .plot", "#texts-left .w5", "#texts-left .n5"));
        requireDrawn(
                TestExperiment.page(folder("experiment"), "plain"),
                List.of("#verdict", "#parts .plot", "#controls table", "#rows .plot", "#rows table", "#repeat"));
    }

    private static void requireDrawn(Path page, List<String> views) throws IOException {
        for (boolean dark : new boolean[] {false, true}) {
            browser.open(page, 1280, 900, dark);
            for (String view : views) {
                BufferedImage picture = ImageIO.read(new ByteArrayInputStream(browser.picture(view)));
                Map<Integer, Integer> colours = new HashMap<>();
                for (int x = 0; x < picture.getWidth(); x++) {
                    for (int y = 0; y < picture.getHeight(); y++) {
                        colours.merge(picture.getRGB(x, y), 1, Integer::sum);
                    }
                }
                int paper = dark ? 0xff14171a : 0xffffffff;
                int others = picture.getWidth() * picture.getHeight() - colours.getOrDefault(paper, 0);
                assertThat(others)
                        .as(view + " of " + page + (dark ? " in dark" : ""))
                        .isGreaterThan(100);
                assertThat(colours.getOrDefault(dark ? 0xffffffff : 0xff14171a, 0))
                        .isLessThan(others);
            }
            requireQuiet(page);
        }
    }

    @Test
    void figures_inThePage_areThoseOfTheData() throws IOException {
        browser.open(coverage, 1280, 900, false);

        assertThat(browser.evaluate("document.querySelector('[data-figure=documents]').textContent"))
                .isEqualTo("60");
        browser.evaluate("document.getElementById('view').click()");
        assertThat(browser.evaluate("document.getElementById('picked').textContent"))
                .isEqualTo("300 documents, 60 of them chosen");
    }

    @Test
    void keys_reachAndWorkEveryControl() {
        browser.open(coverage, 1280, 900, false);
        int controls = Integer.parseInt(browser.evaluate(
                "document.querySelectorAll('a[href], button, select, input, summary, canvas').length"));
        browser.evaluate("window.reached = new Set()");
        for (int i = 0; i < controls; i++) {
            browser.press("Tab");
            browser.evaluate("window.reached.add(document.activeElement)");
        }
        assertThat(browser.evaluate("[...document.querySelectorAll('a[href], button, select, input, summary, canvas')]"
                        + ".filter(e => !window.reached.has(e) && !e.hidden).map(e => e.outerHTML).join()"))
                .isEmpty();
        browser.evaluate("document.getElementById('points').focus()");
        browser.press("+");
        browser.press("Enter");
        assertThat(browser.evaluate("document.getElementById('picked').textContent"))
                .contains("of them chosen");
    }

    @Test
    void lasso_listsWhatLiesInIt() {
        browser.open(coverage, 1280, 900, false);
        browser.evaluate("document.getElementById('tool').value = 'lasso', document.getElementById('points')"
                + ".scrollIntoView({behavior: 'instant'})");
        double[] box = java.util.Arrays.stream(browser.evaluate("(b => [b.left, b.top, b.right, b.bottom].join(' '))("
                                + "document.getElementById('points').getBoundingClientRect())")
                        .split(" ", -1))
                .mapToDouble(Double::parseDouble)
                .toArray();
        browser.mouse("mousePressed", box[0] + 2, box[1] + 2);
        browser.mouse("mouseMoved", box[2] - 2, box[1] + 2);
        browser.mouse("mouseMoved", box[2] - 2, box[3] - 2);
        browser.mouse("mouseMoved", box[0] + 2, box[3] - 2);
        browser.mouse("mouseReleased", box[0] + 2, box[3] - 2);

        assertThat(browser.evaluate("document.getElementById('picked').textContent"))
                .isEqualTo("300 documents, 60 of them chosen");
        assertThat(browser.evaluate("document.querySelectorAll('#listed li').length"))
                .isEqualTo("100");
        browser.mouse("mousePressed", box[0] + 2, box[1] + 2);
        browser.mouse("mouseMoved", box[0] + 12, box[1] + 2);
        browser.mouse("mouseMoved", box[0] + 12, box[1] + 12);
        browser.mouse("mouseReleased", box[0] + 12, box[1] + 12);
        assertThat(browser.evaluate("document.getElementById('picked').textContent"))
                .isEqualTo("0 documents, 0 of them chosen");
    }

    @Test
    void manyMovesBetweenTwoFrames_drawOnce() {
        browser.open(coverage, 1280, 900, false);
        browser.evaluate(
                "window.drawn = 0, (draw => CanvasRenderingContext2D.prototype.putImageData = function(...all) {"
                        + " window.drawn++; draw.apply(this, all); })(CanvasRenderingContext2D.prototype.putImageData)");
        browser.evaluate("new Promise(done => { for (let i = 0; i < 50; i++) { document.getElementById('points')"
                + ".dispatchEvent(new KeyboardEvent('keydown', {key: i % 2 ? '+' : 'ArrowLeft'})); }"
                + " requestAnimationFrame(() => requestAnimationFrame(done)); })");

        assertThat(browser.evaluate("window.drawn")).isEqualTo("1");
    }

    @Test
    void poolPage_isDrawn_andListsWhatIsInView() throws IOException {
        PoolReportTest.page(place, HostileTextTest.run(folder("pool")).pool);
        Path page = place.resolve("pool.html");
        browser.open(page, 1280, 900, true);
        browser.evaluate("document.getElementById('view').click()");

        assertThat(browser.evaluate("document.getElementById('picked').textContent"))
                .isEqualTo(4 * HostileTextTest.HOSTILE.size() + " documents");
        assertThat(browser.evaluate("document.querySelectorAll('#listed li').length"))
                .isEqualTo(String.valueOf(4 * HostileTextTest.HOSTILE.size()));
        assertThat(browser.evaluate("getComputedStyle(document.getElementById('only').parentNode).display"))
                .isEqualTo("none");
        assertThat(browser.evaluate("window.hacked")).isEqualTo("undefined");
        requireQuiet(page);
    }

    @Test
    void search_findsTexts() {
        browser.open(coverage, 400, 800, false);
        browser.evaluate("(s => { s.value = 'sails'; s.dispatchEvent(new Event('input')); })"
                + "(document.getElementById('search'))");

        assertThat(browser.evaluate("document.querySelector('#texts-left mark').textContent"))
                .isEqualTo("sails");
        assertThat(browser.evaluate("document.querySelector('#texts-left p').textContent"))
                .isEqualTo("20 chosen");
        assertThat(browser.evaluate("document.documentElement.scrollWidth <= innerWidth"))
                .isEqualTo("true");
    }

    @Test
    void hostileTexts_runNothing() throws IOException {
        Path page = place.resolve("hostile.html");
        SelectionReport.builder(HostileTextTest.run(folder("hostile")).folder)
                .words(TestRun::words)
                .write(page);
        browser.open(page, 1280, 900, false);
        browser.evaluate("document.getElementById('view').click()");

        assertThat(browser.evaluate("window.hacked")).isEqualTo("undefined");
        assertThat(browser.evaluate("document.querySelectorAll('main img, main script, main style, main h1').length"))
                .isEqualTo("0");
        assertThat(browser.evaluate("document.getElementById('texts-left').textContent"))
                .contains("window.hacked=1");
        assertThat(browser.evaluate(
                        "document.querySelectorAll('#texts-left [class^=w], #texts-left [class^=n]').length"))
                .isNotEqualTo("0");
        requireQuiet(page);
    }

    @Test
    void table_isSortedByItsHeads() {
        browser.open(coverage, 1280, 900, false);
        String first = "document.querySelector('#got tbody tr th').textContent";
        browser.evaluate("document.querySelectorAll('#got th button')[0].click()");
        assertThat(browser.evaluate(first)).isEqualTo("ships");
        browser.evaluate("document.querySelectorAll('#got th button')[0].click()");
        assertThat(browser.evaluate(first)).isEqualTo("sums");
    }
}
