/* SPDX-License-Identifier: Apache-2.0 */
/* Trains models/triage.bin: two logistic regressions (abuse, matter) by liblinear over the features of
 * src/triage. Not part of ascolto; tools/train-triage builds and runs it. Input, on stdin: rows of abuse TAB
 * matter TAB weight TAB text, where a label is 1, 0 or - (unknown). */
#include <linear.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "triage/model.h"

#define COST         4.0
#define NAMED_SCALE  0.6 /* named features weigh more than one hashed feature */
#define CLIP_SHARE   0.9995
#define LINE_LONGEST 20000

struct row {
    signed char labels[TASKS]; /* -1: unknown */
    double weight;
    struct feature_node *nodes;
};
struct rows {
    struct row *items;
    size_t count, room;
};

static void *grow(void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return items;
    *room = *room ? *room * 2 : 4096;
    items = realloc(items, *room * size);
    if (!items)
        abort();
    return items;
}

static struct feature_node *nodes_of(const struct features *f)
{
    struct feature_node *nodes = calloc(f->count + NAMED_FEATURES + 1, sizeof *nodes);
    double value = f->count ? 1 / sqrt((double)f->count) : 0;
    size_t n = 0;
    if (!nodes)
        abort();
    for (size_t i = 0; i < f->count; i++)
        nodes[n++] = (struct feature_node){(int)f->hashed[i] + 1, value};
    for (int k = 0; k < NAMED_FEATURES; k++)
        if (f->named[k] > 0)
            nodes[n++] = (struct feature_node){(int)FEATURES + k + 1, f->named[k] * NAMED_SCALE};
    nodes[n].index = -1;
    return nodes;
}

static void row_read(struct arena *a, char *line, struct rows *rows)
{
    struct str rest = str_from(line), abuse, matter, weight;
    if (!str_split(&rest, '\t', &abuse) || !str_split(&rest, '\t', &matter) || !str_split(&rest, '\t', &weight))
        return;
    struct reading reading;
    struct signs signs;
    struct features features;
    reading_make(a, rest, &reading);
    signs_read(&reading, &signs);
    features_of(&reading, &signs, &features);
    rows->items = grow(rows->items, rows->count, &rows->room, sizeof *rows->items);
    rows->items[rows->count++] = (struct row){
        .labels = {abuse.ptr[0] == '-' ? -1 : (signed char)(abuse.ptr[0] - '0'),
                   matter.ptr[0] == '-' ? -1 : (signed char)(matter.ptr[0] - '0')},
        .weight = atof(str_cstr(a, weight)),
        .nodes = nodes_of(&features),
    };
}

/* Weights are whole numbers: a row counts so many times. */
static struct problem problem_of(const struct rows *rows, enum model_task task)
{
    struct problem p = {.n = (int)FEATURES + NAMED_FEATURES + 1, .bias = 1};
    size_t room = 0, n = 0;
    for (size_t i = 0; i < rows->count; i++)
        room += rows->items[i].labels[task] >= 0 ? (size_t)rows->items[i].weight : 0;
    p.y = calloc(room + 1, sizeof *p.y);
    p.x = calloc(room + 1, sizeof(struct feature_node *));
    if (!p.y || !p.x)
        abort();
    for (size_t i = 0; i < rows->count; i++)
        for (int k = 0; rows->items[i].labels[task] >= 0 && k < (int)rows->items[i].weight; k++) {
            p.y[n] = rows->items[i].labels[task];
            p.x[n++] = rows->items[i].nodes;
        }
    p.l = (int)n;
    return p;
}

/* liblinear takes the bias as a last feature of every row. */
static void bias_add(const struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        struct feature_node *nodes = rows->items[i].nodes;
        size_t n = 0;
        while (nodes[n].index != -1)
            n++;
        nodes = realloc(nodes, (n + 2) * sizeof *nodes);
        if (!nodes)
            abort();
        nodes[n] = (struct feature_node){(int)FEATURES + NAMED_FEATURES + 1, 1};
        nodes[n + 1].index = -1;
        rows->items[i].nodes = nodes;
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The largest weight kept: the few beyond it are cut, so that the others keep their precision. */
static double clip_of(const double *w)
{
    double *sizes = calloc(FEATURES, sizeof *sizes);
    size_t n = 0;
    if (!sizes)
        abort();
    for (size_t i = 0; i < FEATURES; i++)
        if (fabs(w[i]) > 1e-9)
            sizes[n++] = fabs(w[i]);
    qsort(sizes, n, sizeof *sizes, compare);
    double clip = n ? sizes[(size_t)((double)(n - 1) * CLIP_SHARE)] : 1;
    free(sizes);
    return clip;
}

static void quiet(const char *text)
{
    (void)text;
}

static void task_train(const struct rows *rows, enum model_task task, struct model_header *header,
                       signed char *weights)
{
    struct problem problem = problem_of(rows, task);
    struct parameter parameter = {.solver_type = L2R_LR, .eps = 0.01, .C = COST};
    struct model *model = train(&problem, &parameter);
    double sign = model->label[0] == 1 ? 1 : -1, clip = clip_of(model->w);
    for (size_t i = 0; i < FEATURES; i++) {
        double q = round(sign * model->w[i] / clip * 127);
        weights[i * TASKS + task] = (signed char)(q > 127 ? 127 : q < -127 ? -127 : q);
    }
    header->scale[task] = (float)(clip / 127);
    for (size_t k = 0; k < NAMED_FEATURES; k++)
        header->weights[task][k] = (float)(sign * model->w[FEATURES + k] * NAMED_SCALE);
    header->bias[task] = (float)(sign * model->w[FEATURES + NAMED_FEATURES]);
    fprintf(stderr, "%s: %d rows, bias %.3f\n", task == TASK_ABUSE ? "abuse" : "matter", problem.l,
            (double)header->bias[task]);
    free_and_destroy_model(&model);
    free(problem.x);
    free(problem.y);
}

static int model_write(const char *path, const struct model_header *header, const signed char *weights)
{
    FILE *out = fopen(path, "wb");
    bool ok = out && fwrite(header, sizeof *header, 1, out) == 1 &&
              fwrite(weights, TASKS, FEATURES, out) == FEATURES && fclose(out) == 0;
    if (!ok)
        perror(path);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    static char line[LINE_LONGEST];
    static signed char weights[FEATURES * TASKS];
    struct model_header header = {.magic = MODEL_MAGIC, .bits = FEATURE_BITS, .named = NAMED_FEATURES};
    struct rows rows = {0};
    if (argc != 2) {
        fprintf(stderr, "train-triage OUT <rows\n");
        return 2;
    }
    struct arena *a = arena_new();
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        row_read(a, line, &rows);
        arena_reset(a);
    }
    bias_add(&rows);
    set_print_string_function(quiet);
    for (int task = 0; task < TASKS; task++)
        task_train(&rows, (enum model_task)task, &header, weights);
    arena_free(a);
    return model_write(argv[1], &header, weights);
}
