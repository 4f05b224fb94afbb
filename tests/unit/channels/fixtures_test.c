/* SPDX-License-Identifier: Apache-2.0 */
/* Real payloads, recorded elsewhere, where they are at hand (../shared/fixtures). Some are single elements,
 * or carry the names of a program's own types (camelCase): they are wrapped and renamed here, never in the
 * adapters, and the bare element must be refused with a reason. Each line says what the payload gives, in
 * short. */
#include "support.h"

int channels_fixtures_test(void);

struct fixture {
    const char *path;     /* below fixtures/ */
    const char *wrapping; /* how the element comes into an envelope; "" when it is whole */
    const char *gives;    /* events in short, then '!' when a part stays unread */
};

static const struct fixture fixtures[] = {
    {"bluesky/createRecord.mention.response.json", "", "refused"},
    {"bluesky/createRecord.reply.response.json", "", "refused"},
    {"bluesky/error.AuthMissing.json", "", "refused"},
    {"bluesky/error.tooLong.json", "", "refused"},
    {"bluesky/getPostThread.deleted.error.json", "", "refused"},
    {"bluesky/getPostThread.json", "", "text text text"},
    {"bluesky/listNotifications.afterDelete.json", "", ""},
    {"bluesky/listNotifications.mention+reply.json", "", "text"},
    {"bluesky/listNotifications.mention.json", "", "text"},
    {"bluesky/listNotifications.reply_quote_like.json", "", "ignored text text"},
    {"facebook/bottender_commentRemove.json", "change", "delete"},
    {"facebook/bottender_postRemove.json", "change", "delete"},
    {"facebook/bottender_reactionAdd.json", "change", "reaction"},
    {"facebook/bottender_reactionRemove.json", "change", "reaction"},
    {"facebook/bottender_request.json", "", "text"},
    {"facebook/bottender_standbyRequest.json", "", "refused"},
    {"facebook/bottender_statusAdd.json", "change", "text"},
    {"facebook/bottender_videoCommentAdd.json", "change", "text"},
    {"google_business_profile/reviews_list.CONSTRUCTED.json", "", "text text echo text"},
    {"googleplay/reviews_list.json", "", "text text echo text"},
    {"instagram/chatwoot_incoming_messages_L7.json", "entry", "text"},
    {"instagram/chatwoot_instagram_message_create_event_L108.json", "entry", "text"},
    {"instagram/chatwoot_instagram_message_create_event_L141.json", "entry", "text"},
    {"instagram/chatwoot_instagram_message_create_event_L172.json", "entry", "delete"},
    {"instagram/chatwoot_instagram_message_create_event_L358.json", "entry", "image+"},
    {"instagram/chatwoot_instagram_message_create_event_L397.json", "entry", "image+"},
    {"instagram/chatwoot_instagram_message_create_event_L40.json", "entry", "standby text"},
    {"instagram/chatwoot_instagram_message_create_event_L437.json", "entry", "unsupported"},
    {"instagram/chatwoot_instagram_message_create_event_L494.json", "entry", "text"},
    {"instagram/chatwoot_instagram_message_create_event_L71.json", "entry", "text"},
    {"instagram/chatwoot_instagram_message_create_event_L9.json", "entry", "text"},
    {"instagram/chatwoot_send_on_instagram_service_L24.json", "", "refused"},
    {"instagram/pyfacebook_graph/medias__comments_p2.json", "", "refused"},
    {"instagram/pyfacebook_graph/models__ig_comment.json", "", "refused"},
    {"instagram/pyfacebook_graph/users__mentioned_media.json", "", "refused"},
    {"line/bottender_accountLink.json", "line", "ignored"},
    {"line/bottender_datePostback.json", "line", "postback"},
    {"line/bottender_datetimePostback.json", "line", "postback"},
    {"line/bottender_imageMessage.json", "line", "image+"},
    {"line/bottender_leave.json", "line", "ignored"},
    {"line/bottender_memberJoined.json", "line", "ignored"},
    {"line/bottender_postback.json", "line", "postback"},
    {"line/bottender_stickerMessage.json", "line", "sticker"},
    {"line/bottender_thingsLink.json", "line", "ignored"},
    {"line/bottender_thingsScenarioResult.json", "line", "ignored"},
    {"line/bottender_thingsUnlink.json", "line", "ignored"},
    {"line/bottender_timePostback.json", "line", "postback"},
    {"line/bottender_videoMessage.json", "line", "video+"},
    {"line/chatwoot_incoming_message_service_L130.json", "", "video+ back"},
    {"line/chatwoot_incoming_message_service_L57.json", "", "text text"},
    {"line/chatwoot_incoming_message_service_L6.json", "", "text back"},
    {"line/chatwoot_incoming_message_service_L95.json", "", "image+ back"},
    {"line/chatwoot_send_on_line_service_L104.json", "", "refused"},
    {"line/chatwoot_send_on_line_service_L50.json", "", "refused"},
    {"line/sdk_event_00_message_text.json", "", "text"},
    {"line/sdk_event_03_message_audio.json", "", "audio+"},
    {"line/sdk_event_07_unfollow.json", "", "left"},
    {"line/sdk_event_09_leave.json", "", "ignored"},
    {"line/sdk_event_12_beacon.json", "", "ignored"},
    {"line/sdk_event_13_accountLink.json", "", "ignored"},
    {"line/sdk_event_14_message_text.json", "", "text"},
    {"line/sdk_event_16_postback.json", "", "postback"},
    {"line/sdk_event_17_postback.json", "", "postback"},
    {"line/sdk_event_18_postback.json", "", "postback"},
    {"line/sdk_event_20_memberLeft.json", "", "ignored"},
    {"line/sdk_event_21_message_file.json", "", "file+"},
    {"line/sdk_event_23_videoPlayComplete.json", "", "ignored"},
    {"line/sdk_event_24_message_image.json", "", "image+"},
    {"line/sdk_event_27_undefined.json", "", "ignored"},
    {"messenger/bottender_accountLinkingUnlinked.json", "messaging", "ignored"},
    {"messenger/bottender_appRoles.json", "messaging", "ignored"},
    {"messenger/bottender_brandedCamera.json", "messaging", "ignored"},
    {"messenger/bottender_customerChatPluginReferral.json", "messaging", "ignored"},
    {"messenger/bottender_fileMessage.json", "messaging", "file+"},
    {"messenger/bottender_gamePlayWithNonValidPayload.json", "messaging", "ignored"},
    {"messenger/bottender_hugeLikeStickerMessage.json", "messaging", "sticker+"},
    {"messenger/bottender_largeLikeStickerMessage.json", "messaging", "sticker+"},
    {"messenger/bottender_likeStickerMessage.json", "messaging", "sticker+"},
    {"messenger/bottender_linkReferral.json", "messaging", "ignored"},
    {"messenger/bottender_locationMessage.json", "messaging", "location"},
    {"messenger/bottender_optin.json", "messaging", "ignored"},
    {"messenger/bottender_passThreadControl.json", "messaging", "echo ignored"},
    {"messenger/bottender_payment.json", "messaging", "ignored"},
    {"messenger/bottender_policyEnforcement.json", "messaging", "rights"},
    {"messenger/bottender_preCheckout.json", "messaging", "ignored"},
    {"messenger/bottender_quickReplyMessage.json", "messaging", "postback"},
    {"messenger/bottender_reactionReact.json", "messaging", "reaction"},
    {"messenger/bottender_request.json", "", "text"},
    {"messenger/bottender_requestThreadControl.json", "messaging", "echo ignored"},
    {"messenger/bottender_takeThreadControl.json", "messaging", "echo ignored"},
    {"messenger/bottender_textMessage.json", "messaging", "text"},
    {"messenger/bottender_textMessageFromCustomerChatPlugin.json", "messaging", "text"},
    {"messenger/bottender_videoMessage.json", "messaging", "video+"},
    {"messenger/bottender_webhookTestRequest.json", "", "ignored"},
    {"messenger/chatwoot_incoming_fb_text_message_L31.json", "messaging", "upto-delivered"},
    {"messenger/chatwoot_incoming_fb_text_message_L6.json", "messaging", "text"},
    {"linkedin/challenge_response.json", "", "refused"},
    {"linkedin/notification_batch_mixed.CONSTRUCTED.json", "", "text edit delete echo text ignored text"},
    {"linkedin/notification_comment.json", "", "text"},
    {"telegram/bottender_audioMessage.json", "", "audio+"},
    {"telegram/bottender_callbackQuery.json", "", "postback"},
    {"telegram/bottender_channelPost.json", "", "echo text"},
    {"telegram/bottender_chosenInlineResult.json", "", "ignored"},
    {"telegram/bottender_contactMessage.json", "", "contact"},
    {"telegram/bottender_editedChannelPost.json", "", "echo edit"},
    {"telegram/bottender_editedChannelPostRequest.json", "", "echo edit"},
    {"telegram/bottender_editedMessage.json", "", "edit"},
    {"telegram/bottender_editedMessageRequest.json", "", "edit"},
    {"telegram/bottender_gameMessage.json", "", "unsupported"},
    {"telegram/bottender_groupEditedMessage.json", "", "edit"},
    {"telegram/bottender_groupEditedMessageRequest.json", "", "edit"},
    {"telegram/bottender_groupMessage.json", "", "text"},
    {"telegram/bottender_groupMessageRequest.json", "", "text"},
    {"telegram/bottender_inlineQueryRequest.json", "", "ignored"},
    {"telegram/bottender_messageRequest.json", "", "text"},
    {"telegram/bottender_poll.json", "", "ignored"},
    {"telegram/bottender_preCheckoutQuery.json", "", "ignored"},
    {"telegram/bottender_preCheckoutQueryRequest.json", "", "ignored"},
    {"telegram/bottender_replyToTextMessage.json", "", "text"},
    {"telegram/bottender_shippingQueryRequest.json", "", "ignored"},
    {"telegram/bottender_stickerMessage.json", "", "sticker+"},
    {"telegram/bottender_textMessage.json", "", "text"},
    {"telegram/bottender_venueMessage.json", "", "location"},
    {"telegram/bottender_videoMessage.json", "", "echo video+"},
    {"telegram/bottender_videoNoteMessage.json", "", "video+"},
    {"telegram/bottender_voiceMessage.json", "", "audio+"},
    {"telegram/chatwoot_incoming_message_service_L150.json", "", "refused"},
    {"telegram/chatwoot_incoming_message_service_L174.json", "", "refused"},
    {"telegram/chatwoot_incoming_message_service_L193.json", "", "refused"},
    {"telegram/chatwoot_incoming_message_service_L240.json", "", "refused"},
    {"telegram/chatwoot_incoming_message_service_L269.json", "", "refused"},
    {"telegram/chatwoot_incoming_message_service_L288.json", "", "refused"},
    {"telegram/chatwoot_incoming_message_service_L328.json", "", "refused"},
    {"telegram/chatwoot_incoming_message_service_L35.json", "", "refused"},
    {"telegram/chatwoot_incoming_message_service_L399.json", "", "refused"},
    {"telegram/chatwoot_incoming_message_service_L48.json", "", "refused"},
    {"telegram/chatwoot_incoming_message_service_L76.json", "", "text"},
    {"pinterest/pin_lifetime_metrics.json", "pin_metrics", "text"},
    {"viber/bottender_conversationStarted.json", "", "ignored"},
    {"viber/bottender_conversationStartedRequest.json", "", "ignored"},
    {"viber/bottender_failed.json", "", "receipt-failed"},
    {"viber/bottender_fileMessage.json", "", "receipt-delivered file+"},
    {"viber/bottender_locationMessage.json", "", "receipt-delivered location"},
    {"viber/bottender_pictureMessage.json", "", "receipt-delivered image+"},
    {"viber/bottender_seen.json", "", "receipt-read"},
    {"viber/bottender_seenRequest.json", "", "receipt-read"},
    {"viber/bottender_stickerMessage.json", "", "receipt-delivered sticker"},
    {"viber/bottender_subscribedRequest.json", "", "back"},
    {"viber/bottender_textMessage.json", "", "receipt-delivered text"},
    {"viber/bottender_unsubscribed.json", "", "left"},
    {"viber/bottender_unsubscribedRequest.json", "", "left"},
    {"viber/bottender_urlMessage.json", "", "receipt-delivered text"},
    {"viber/bottender_videoMessage.json", "", "receipt-delivered video+"},
    {"threads/postman_1_1_Create_an_Image_Item_Container_0.json", "", "refused"},
    {"threads/postman_1_3_Create_Video_Container_0.json", "", "refused"},
    {"threads/postman_2_Create_a_Carousel_Container_0.json", "", "refused"},
    {"threads/postman_2_Publish_Threads_Post_0.json", "", "refused"},
    {"threads/postman_3_Publish_a_Carousel_Container_0.json", "", "refused"},
    {"threads/postman_Check_Container_s_Publishing_Status_0.json", "", "refused"},
    {"threads/postman_Control_Who_Can_Reply_0.json", "", "refused"},
    {"threads/postman_Delete_Threads_Post_0.json", "", "refused"},
    {"threads/postman_Embed_a_Threads_Post_0.json", "", "refused"},
    {"threads/postman_Exchange_the_Code_For_a_Token_0.json", "", "refused"},
    {"threads/postman_Get_Account_Insights_0.json", "", "refused"},
    {"threads/postman_Get_App_Access_Token_0.json", "", "refused"},
    {"threads/postman_Get_App_Scoped_User_s_Profile_Information_0.json", "", "refused"},
    {"threads/postman_Get_Long_Lived_Access_Token_0.json", "", "refused"},
    {"threads/postman_Get_Threads_Post_Details_0.json", "", "refused"},
    {"threads/postman_Get_a_List_of_All_a_User_s_Threads_0.json", "", "refused"},
    {"threads/postman_Hide_Replies_0.json", "", "refused"},
    {"threads/postman_Repost_Threads_Post_0.json", "", "refused"},
    {"threads/postman_Retrieve_Publishing_Quota_Limit_0.json", "", "refused"},
    {"tiktok/chatwoot_client_L18.json", "", "refused"},
    {"tiktok/chatwoot_message_service_L11.json", "im_receive_msg", "text"},
    {"tiktok/chatwoot_message_service_L66.json", "im_receive_msg", "sticker"},
    {"tiktok/chatwoot_message_service_L87.json", "im_receive_msg", "text"},
    {"whatsapp/chatwoot_incoming_message_service_L156.json", "value", "text"},
    {"whatsapp/chatwoot_incoming_message_service_L188.json", "value", "text"},
    {"whatsapp/chatwoot_incoming_message_service_L20.json", "value", "text"},
    {"whatsapp/chatwoot_incoming_message_service_L221.json", "value", "text"},
    {"whatsapp/chatwoot_incoming_message_service_L231.json", "value", "text"},
    {"whatsapp/chatwoot_incoming_message_service_L262.json", "value", "unsupported"},
    {"whatsapp/chatwoot_incoming_message_service_L275.json", "value", "unsupported"},
    {"whatsapp/chatwoot_incoming_message_service_L298.json", "value", "text"},
    {"whatsapp/chatwoot_incoming_message_service_L323.json", "value", "receipt-delivered"},
    {"whatsapp/chatwoot_incoming_message_service_L339.json", "value", "receipt-failed"},
    {"whatsapp/chatwoot_incoming_message_service_L387.json", "value", "postback"},
    {"whatsapp/chatwoot_incoming_message_service_L428.json", "value", "location"},
    {"whatsapp/chatwoot_incoming_message_service_L456.json", "value", "location"},
    {"whatsapp/chatwoot_incoming_message_service_L479.json", "value", "contact"},
    {"whatsapp/chatwoot_incoming_message_service_L663.json", "value", "text"},
    {"whatsapp/chatwoot_incoming_message_service_L709.json", "value", "text"},
    {"whatsapp/chatwoot_incoming_message_service_L731.json", "value", "text"},
    {"whatsapp/chatwoot_incoming_message_whatsapp_cloud_service_L12.json", "", "refused"},
    {"whatsapp/chatwoot_incoming_message_whatsapp_cloud_service_L122.json", "", "refused"},
    {"whatsapp/chatwoot_incoming_message_whatsapp_cloud_service_L160.json", "", "text"},
    {"whatsapp/chatwoot_incoming_message_whatsapp_cloud_service_L201.json", "", "text"},
    {"whatsapp/chatwoot_incoming_message_whatsapp_cloud_service_L220.json", "", "text"},
    {"whatsapp/chatwoot_incoming_message_whatsapp_cloud_service_L262.json", "", "text"},
    {"whatsapp/chatwoot_incoming_message_whatsapp_cloud_service_L77.json", "", "text"},
    {"whatsapp/chatwoot_whatsapp_events_job_L198.json", "echo", "echo text"},
    {"whatsapp/chatwoot_whatsapp_events_job_L217.json", "echo", "echo text"},
    {"whatsapp/chatwoot_whatsapp_events_job_L244.json", "", "refused"},
    {"whatsapp/chatwoot_whatsapp_events_job_L351.json", "", "refused"},
    {"whatsapp/chatwoot_whatsapp_events_job_L45.json", "", "refused"},
    {"whatsapp/chatwoot_whatsapp_events_job_L8.json", "", "refused"},
    {"x/aaa_direct_message_events_2.json", "", "text"},
    {"x/aaa_direct_message_indicate_typing_events_3.json", "", "typing"},
    {"x/aaa_tweet_delete_events_5.json", "", "delete"},
    {"x/aaa_user_event_1.json", "", "rights"},
    {"x/xaa_Event_envelope_1.json", "", "refused"},
    {"x/xaa_broadcast_start_24.json", "", "ignored"},
    {"x/xaa_chat_received_17.json", "", "unsupported"},
    {"x/xaa_chat_sent_18.json", "", "echo unsupported"},
    {"x/xaa_follow_follow_9.json", "", "ignored"},
    {"x/xaa_follow_unfollow_10.json", "", "ignored"},
    {"x/xaa_like_create_8.json", "", "ignored"},
    {"x/xaa_oauth_revoke_27.json", "", "rights"},
    {"x/xaa_post_delete_3.json", "", "delete"},
    {"x/xaa_post_mention_create_4.json", "", "text"},
    {"x/xaa_post_quote_create_6.json", "", "text"},
    {"x/xaa_post_reply_create_5.json", "", "text"},
    {"x/xaa_post_repost_create_7.json", "", "ignored"},
    {"x/xaa_profile_update_banner_picture_13.json", "", "ignored"},
    {"x/xaa_profile_update_bio_11.json", "", "ignored"},
    {"x/xaa_profile_update_geo_15.json", "", "ignored"},
    {"x/xaa_profile_update_profile_picture_12.json", "", "ignored"},
    {"x/xaa_profile_update_screenname_14.json", "", "ignored"},
    {"x/xaasub_profile_update_bio_4.json", "", "ignored"},
    {"x_legacy/chatwoot_tweet_create_event_L9.json", "tweet", "text"},
    {"x_legacy/chatwoot_twitter_message_create_event_L7.json", "dm", "text"},
    {"youtube/pyyoutube/comment_threads__comment_thread_single.json", "", "text"},
    {"youtube/pyyoutube/comment_threads__comment_threads_all_to_me.json", "", "text text text text"},
    {"youtube/pyyoutube/comment_threads__comment_threads_by_channel.json", "", "text text"},
    {"youtube/pyyoutube/comment_threads__comment_threads_by_video_paged_1.json", "", "text text text text text"},
    {"youtube/pyyoutube/comment_threads__comment_threads_by_video_paged_2.json", "", "text text text text text"},
    {"youtube/pyyoutube/comment_threads__comment_threads_multi.json", "", "text text"},
    {"youtube/pyyoutube/comment_threads__comment_threads_with_search.json", "", "text"},
    {"youtube/pyyoutube/comments__comment_api_response.json", "", "text text"},
    {"youtube/pyyoutube/comments__comment_snippet.json", "", "refused"},
    {"youtube/pyyoutube/comments__comment_thread_api_response.json", "", "text text"},
    {"youtube/pyyoutube/comments__comment_thread_info.json", "", "refused"},
    {"youtube/pyyoutube/comments__comment_thread_replies.json", "", "refused"},
    {"youtube/pyyoutube/comments__comments_by_parent_paged_1.json", "", "text text"},
    {"youtube/pyyoutube/comments__comments_by_parent_paged_2.json", "", "text"},
    {"youtube/pyyoutube/comments__comments_multi.json", "", "text text"},
    {"youtube/pyyoutube/comments__comments_single.json", "", "text"},
    {"youtube/pyyoutube/comments__insert_response.json", "", "refused"},
    {"youtube/pyyoutube/testdata__error_response_simple.json", "", "refused"},
};

static struct str snake(struct arena *a, struct str key)
{
    struct buf out;
    buf_init(&out, a, key.len + 8);
    for (size_t i = 0; i < key.len; i++) {
        bool upper = key.ptr[i] >= 'A' && key.ptr[i] <= 'Z';
        if (upper)
            buf_char(&out, '_');
        buf_char(&out, (char)(upper ? key.ptr[i] + 32 : key.ptr[i]));
    }
    return buf_view(&out);
}

static void snake_keys(struct arena *a, struct json *j)
{
    for (size_t i = 0; i < json_count(j); i++)
        if (json_is(j, JSON_ARRAY)) {
            snake_keys(a, j->items[i]);
        } else {
            j->members[i].key = snake(a, j->members[i].key);
            snake_keys(a, j->members[i].value);
        }
}

static struct str wrap(struct arena *a, const char *wrapping, struct str body)
{
    static const struct {
        const char *name, *before, *after;
    } envelopes[] = {
        {"change", "{\"object\":\"page\",\"entry\":[{\"id\":\"137542570280222\",\"time\":1511949068,\"changes\":[",
         "]}]}"},
        {"messaging",
         "{\"object\":\"page\",\"entry\":[{\"id\":\"404217156637689\",\"time\":1511949068,\"messaging\":[", "]}]}"},
        {"value",
         "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":"
         "\"messages\","
         "\"value\":",
         "}]}]}"},
        {"echo",
         "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":"
         "\"smb_message_echoes\",\"value\":{\"message_echoes\":[",
         "]}}]}]}"},
        {"pin_metrics", "{\"items\":[{\"id\":\"8\",\"pin_metrics\":", "}]}"},
        {"entry", "{\"object\":\"instagram\",\"entry\":[", "]}"},
        {"line", "{\"destination\":\"U1\",\"events\":[", "]}"},
        {"tweet", "{\"for_user_id\":\"1\",\"tweet_create_events\":[", "]}"},
        {"dm", "{\"for_user_id\":\"1\",\"direct_message_events\":[", "]}"},
    };
    if (strncmp(wrapping, "im_", 3) == 0) { /* JSON in a string of JSON */
        struct json *root = json_object(a);
        json_set_str(a, root, "event", str_from(wrapping));
        json_set_str(a, root, "user_openid", STR("biz-123"));
        json_set_str(a, root, "content", body);
        return json_to_str(a, root);
    }
    for (size_t i = 0; i < COUNT_OF(envelopes); i++)
        if (strcmp(wrapping, envelopes[i].name) == 0)
            return str_format(a, "%s%.*s%s", envelopes[i].before, STR_ARGS(body), envelopes[i].after);
    return body;
}

static struct str in_short(struct arena *a, const struct channel_events *events, const struct error *e)
{
    static const char *const kinds[] = {"",       "edit",   "delete", "receipt", "upto",   "reaction",
                                        "typing", "rights", "left",   "back",    "ignored"};
    static const char *const receipts[] = {"", "-sent", "-delivered", "-read", "-failed"};
    struct buf out;
    buf_init(&out, a, 64);
    for (size_t i = 0; i < events->count; i++) {
        const struct channel_event *event = &events->items[i];
        buf_format(&out, "%s%s%s%s%s%s", out.len ? " " : "", event->echo ? "echo " : "",
                   event->standby ? "standby " : "",
                   event->kind == CHANNEL_MESSAGE ? message_kind_name(event->message) : kinds[event->kind],
                   receipts[event->receipt], event->media_count ? "+" : "");
    }
    buf_cstr(&out, e->code ? "refused" : events->unread.len ? "!" : "");
    return buf_view(&out);
}

/* Folders are called as networks are, or by another of their names. */
static const char *network_of(struct arena *a, const char *path)
{
    struct str folder = str_slice(str_from(path), 0, (size_t)(strchr(path, '/') - path));
    if (str_eq(folder, STR("google_business_profile")))
        return "googlebusiness";
    return str_starts(folder, STR("x_")) ? "x" : str_cstr(a, folder);
}

static void check_fixture(struct arena *a, const struct fixture *f)
{
    struct str raw = slurp(a, shared_path(a, str_format(a, "fixtures/%s", f->path).ptr));
    if (!raw.ptr)
        fail_msg("%s cannot be read", f->path);
    const char *network = network_of(a, f->path);
    struct channel_events events, again;
    struct error e = {0}, e2 = {0};
    if (f->wrapping[0])
        assert_false(take(a, channel_of(network), raw, &events, &e));
    struct error parsed = {0};
    struct json *j = json_parse(a, raw, &parsed);
    if (!j)
        fail_msg("%s: %s", f->path, parsed.message);
    if (strstr(f->path, "bottender") && !strstr(f->path, "line/")) /* LINE's own names are so */
        snake_keys(a, j);
    struct json *inner = NULL;
    for (size_t i = 0; json_is(j, JSON_OBJECT) && i < j->count; i++)
        if (str_eq(j->members[i].key, STR("body")) && json_is(j->members[i].value, JSON_OBJECT))
            inner = j->members[i].value; /* a whole HTTP request was recorded */
    struct str body = wrap(a, f->wrapping, json_to_str(a, inner ? inner : j));
    e = (struct error){0};
    take(a, channel_of(network), body, &events, &e);
    struct str got = in_short(a, &events, &e);
    if (!str_eq(got, str_from(f->gives)))
        fail_msg("%s gives \"%.*s\", expected \"%s\" (%.*s)", f->path, STR_ARGS(got), f->gives,
                 STR_ARGS(events.unread));
    take(a, channel_of(network), body, &again, &e2); /* a second delivery is the same in every key */
    for (size_t i = 0; i < events.count; i++)
        assert_true(str_eq(events.items[i].dedupe, again.items[i].dedupe));
}

static void recorded_payloads(void **state)
{
    struct arena *a = *state;
    if (!shared_or_skip(a, "fixtures/facebook"))
        skip();
    for (size_t i = 0; i < COUNT_OF(fixtures); i++)
        check_fixture(a, &fixtures[i]);
}

/* What we send, what APIs answer, and lists of other shapes are no webhooks: each is refused with words, none
 * crashes. */
static void everything_else_is_refused_or_read(void **state)
{
    struct arena *a = *state;
    if (!shared_or_skip(a, "fixtures/facebook"))
        skip();
    static const char *const dirs[] = {"facebook",
                                       "facebook/pyfacebook_graph",
                                       "messenger",
                                       "instagram",
                                       "threads",
                                       "whatsapp",
                                       "x",
                                       "x_legacy",
                                       "telegram",
                                       "viber",
                                       "linkedin",
                                       "tiktok",
                                       "line",
                                       "twilio",
                                       "sms_bandwidth",
                                       "wechat",
                                       "youtube",
                                       "googleplay",
                                       "mastodon",
                                       "bluesky"};
    size_t files = 0, networks;
    const struct channel *const *all = channel_all(&networks);
    for (size_t d = 0; d < COUNT_OF(dirs); d++) {
        size_t count;
        const char *dir = shared_path(a, str_format(a, "fixtures/%s", dirs[d]).ptr);
        const char **names = names_in(a, dir, ".json", &count);
        for (size_t i = 0; names && i < count; i++, files++)
            for (size_t n = 0; n < networks; n++) {
                if (!channel_connects(all[n]))
                    continue;
                struct channel_events events;
                struct error e = {0};
                take(a, all[n], slurp(a, str_format(a, "%s/%s", dir, names[i]).ptr), &events, &e);
            }
    }
    print_message("%zu files, each to %zu networks\n", files, networks);
    assert_true(files > 150);
}

/* Three messages of two people in two entries, statuses against their order. */
static void batch_out_of_order(void **state)
{
    struct arena *a = *state;
    if (!shared_or_skip(a, "fixtures/_malformed/constructed"))
        skip();
    struct channel_events events;
    struct error e = {0};
    struct str body =
        slurp(a, shared_path(a, "fixtures/_malformed/constructed/wa_batch_multi_entry_out_of_order.json"));
    assert_true(take(a, channel_of("whatsapp"), body, &events, &e));
    assert_str(in_short(a, &events, &e), "text text receipt-read receipt-delivered text");
    assert_str(events.items[0].author.external_id, "393331112222");
    assert_str(events.items[4].author.external_id, "393334445555");
    assert_true(events.items[2].at > events.items[3].at);
    assert_str(events.items[2].external_id, "wamid.OUT1");
}

int channels_fixtures_test(void)
{
    const struct CMUnitTest tests[] = {TEST(recorded_payloads), TEST(everything_else_is_refused_or_read),
                                       TEST(batch_out_of_order)};
    return cmocka_run_group_tests_name("channels/fixtures", tests, NULL, NULL);
}
