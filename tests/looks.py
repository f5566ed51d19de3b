"""What a browser is asked about the looks of a screen: JavaScript."""

#: the badges and muted texts of our screens, each with its contrast
FAINT = """
() => {
    const rgba = (text) => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
    const over = (top, below) => {
        const alpha = top[3] ?? 1;
        return [0, 1, 2].map((i) => top[i] * alpha + below[i] * (1 - alpha));
    };
    const behind = (el) => {
        if (!el) return [255, 255, 255];
        const own = rgba(getComputedStyle(el).backgroundColor);
        return (own[3] ?? 1) === 1 ? own : over(own, behind(el.parentElement));
    };
    const light = (colour) => {
        const [r, g, b] = colour.slice(0, 3).map((value) => {
            const part = value / 255;
            return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const shown = ".o_mobilepay :is(.badge, .text-muted), .o_mobilepay.text-muted";
    return [...document.querySelectorAll(shown)]
        .filter((el) => el.innerText.trim() && el.offsetWidth)
        .map((el) => {
            const below = behind(el);
            const text = over(rgba(getComputedStyle(el).color), below);
            const [dark, bright] = [light(text), light(below)].sort((a, b) => a - b);
            return [el.innerText.trim(), (bright + 0.05) / (dark + 0.05)];
        });
}
"""
#: each status of a graph with the colour of its bars
BARS = """
() => {
    const canvas = document.querySelector(".o_graph_renderer canvas");
    const chart = canvas && window.Chart?.getChart(canvas);
    if (!chart?.data.datasets.length) return null;
    return chart.data.datasets.map((one) => [one.label, one.backgroundColor]);
}
"""
